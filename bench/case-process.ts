import { fork } from 'node:child_process';
import { on, once } from 'node:events';
import { type BenchOptions } from './cases.js';
import { type Row } from './row.js';

/**
 * Runs a case in a process of its own: cases do not share a heap, and one that fails does not end the others.
 *
 * @throws Error if the case fails. Its own message is on the standard error by then.
 */
export async function* runCase(name: string, { minutes }: BenchOptions): AsyncGenerator<Row> {
  // The output of the case is not part of the report.
  const child = fork(new URL('./case.main.js', import.meta.url), [name, String(minutes)], {
    stdio: ['ignore', 2, 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const finished = new AbortController();
  void ended.then(() => finished.abort());
  try {
    for await (const [row] of on(child, 'message', { signal: finished.signal })) yield row as Row;
  } catch (error) {
    if (!finished.signal.aborted) throw error;
  } finally {
    if (child.connected) child.disconnect();
  }
  const [code, signal] = await ended;
  if (code !== 0) throw new Error(`The case ${name} ended with ${signal ?? `code ${String(code)}`}.`);
}
