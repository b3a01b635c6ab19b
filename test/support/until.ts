import { setTimeout as delay } from 'node:timers/promises';

/** Asks again and again until there is an answer; fails with `what` after a bound that no healthy run comes near. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  boundMs = 60_000,
): Promise<T> {
  const giveUpAt = performance.now() + boundMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > giveUpAt) throw new Error(`It did not come about: ${what}`);
    await delay(50);
  }
}
