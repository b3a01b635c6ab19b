import { type ServerClock } from './server-clock.js';

/** Calls `check` repeatedly, at least once. Returns true as soon as it succeeds, false after `timeoutMs`. */
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
