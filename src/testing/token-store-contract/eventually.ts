import { setTimeout as delay } from 'node:timers/promises';

/**
 * Repeats the question until there is an answer.
 *
 * @throws {Error} with `what` when there is no answer after `patienceMs`.
 */
export async function eventually<T>(
  what: string,
  patienceMs: number,
  ask: () => Promise<T | undefined>,
  intervalMs = 10,
): Promise<T> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > giveUpAt) throw new Error(`This did not happen in ${patienceMs} ms: ${what}.`);
    await delay(intervalMs);
  }
}
