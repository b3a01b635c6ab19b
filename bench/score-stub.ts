import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** The platform of the bench, in its own process: it must not take time from what is measured. */
export class ScoreStub {
  private constructor(
    private readonly child: ChildProcess,
    /** A host name, as platforms have: the URL policy needs longer for an address. */
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
