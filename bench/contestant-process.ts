import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

interface Answer {
  id: number;
  result?: unknown;
  failure?: string;
}

/** A script in a process of its own, which ends with this one. */
export class ContestantProcess {
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private lastId = 0;

  private constructor(
    private readonly child: ChildProcess,
    private readonly script: string,
  ) {
    child.on('message', (answer: Answer) => this.waiting.get(answer.id)?.(answer));
    child.once('exit', () => {
      for (const [id, settle] of this.waiting) settle({ id, failure: 'The process has ended.' });
    });
  }

  /** @param script the name of a file in bench/peers, or the URL of a compiled file */
  static async start(script: string | URL, args: readonly string[] = []): Promise<ContestantProcess> {
    // From the working directory: the scripts of bench/peers are not compiled.
    const path = typeof script === 'string' ? `bench/peers/${script}` : fileURLToPath(script);
    const child = fork(path, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => Promise.reject(new Error(`${path} did not start.`))),
    ]);
    return new ContestantProcess(child, path);
  }

  /** @throws Error if the script's handler fails */
  async call(name: string, input?: unknown): Promise<unknown> {
    const id = ++this.lastId;
    const answer = await new Promise<Answer>((resolve) => {
      this.waiting.set(id, resolve);
      this.child.send({ id, name, input });
    });
    this.waiting.delete(id);
    if (answer.failure !== undefined) throw new Error(`${this.script}: ${name}: ${answer.failure}`);
    return answer.result;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.disconnect();
    await exited;
  }
}
