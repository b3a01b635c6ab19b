import { type ServerClock } from './server-clock.js';

/** Asks `check` again and again, at least once; true as soon as it holds, false after `timeoutMs` milliseconds. */
export async function waitUntil(
  clock: ServerClock,
  timeoutMs: number,
  check: () => Promise<boolean> | boolean,
): Promise<boolean> {
  const end = clock.now().getTime() + timeoutMs;
  for (;;) {
    if (await check()) return true;
    if (clock.now().getTime() >= end) return false;
    await clock.sleep(20);
  }
}
