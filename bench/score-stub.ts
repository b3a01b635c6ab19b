import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** The platform of the bench, in a process of its own: it must not take time from what is measured. */
export class ScoreStub {
  private constructor(
    private readonly child: ChildProcess,
    /** With a name, as platforms have: the policy of URLs would have to take an address apart. */
    readonly origin: string,
  ) {}

  static async start(): Promise<ScoreStub> {
    const child = fork(new URL('./score-stub.main.js', import.meta.url));
    const [port] = (await once(child, 'message')) as [number];
    return new ScoreStub(child, `http://localhost:${port}`);
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.disconnect();
    await exited;
  }
}
