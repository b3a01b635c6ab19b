import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks again and again until there is an answer.
 *
 * @throws Error with `what` when there is none after `patienceMs`
 */
export async function eventually<T>(
  what: string,
  patienceMs: number,
  ask: () => Promise<T | undefined>,
): Promise<T> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > giveUpAt) throw new Error(`It did not come about: ${what}.`);
    await delay(10);
  }
}
