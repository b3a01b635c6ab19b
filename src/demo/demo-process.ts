import { type ChildProcess, fork } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;

/** A child process of the demo. Its output goes to a log file, and one line of it reports that it is ready. */
export class DemoProcess {
  private constructor(
    private readonly child: ChildProcess,
    /** The line that reported it. */
    readonly readyLine: string,
  ) {}

  static async start(
    script: string,
    args: string[],
    env: NodeJS.ProcessEnv,
    { isReady, logFile }: { isReady: (line: string) => boolean; logFile: string },
  ): Promise<DemoProcess> {
    const child = fork(script, args, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    const log = createWriteStream(logFile, { flags: 'a' });
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    const readyLine = await new Promise<string>((resolve, reject) => {
      const fail = (reason: string): void => reject(new Error(`${script} ${reason}. Its log: ${logFile}`));
      const timer = setTimeout(() => fail('was not ready in time'), START_TIMEOUT_MS);
      child.once('exit', (code) => fail(`ended with code ${code}`));
      for (const stream of [child.stdout, child.stderr]) {
        if (stream === null) continue;
        createInterface({ input: stream }).on('line', (line) => {
          if (!isReady(line)) return;
          clearTimeout(timer);
          resolve(line);
        });
      }
    }).catch((error: unknown) => {
      child.kill('SIGKILL');
      throw error;
    });
    return new DemoProcess(child, readyLine);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      this.child.once('exit', () => {
        clearTimeout(timer);
        resolve();
      });
      this.child.kill('SIGTERM');
    });
  }
}
