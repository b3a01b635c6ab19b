import { setTimeout as delay } from 'node:timers/promises';

/**
 * Repeats the question until there is an answer.
 *
 * @throws {Error} with `what` when there is no answer after `timeoutMs`.
 */
export async function eventually<T>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<T | undefined>,
  intervalMs = 10,
): Promise<T> {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > giveUpAt) throw new Error(`This did not happen in ${timeoutMs} ms: ${what}.`);
    await delay(intervalMs);
  }
}
