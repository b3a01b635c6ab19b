import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

const START_TIMEOUT_MS = 60_000;

export interface ServiceSettings {
  env: Record<string, string>;
  /** A program, with its arguments, that runs the service, such as `setpriv` with fewer rights. */
  under?: readonly string[];
}

/** The built service (`dist/`) in a process of its own, as `npm start` runs it. */
export class ServiceProcess {
  /** Its output, line by line. */
  readonly lines: string[] = [];
  private readonly listening: Promise<string>;
  private readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;

  private constructor(private readonly child: ChildProcess) {
    this.exited = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
    this.listening = new Promise((resolveUrl, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`Not listening in time:\n${this.output}`)),
        START_TIMEOUT_MS,
      );
      void this.exited.then(({ code }) => {
        clearTimeout(timer);
        reject(new Error(`Ended with code ${code}:\n${this.output}`));
      });
      for (const stream of [child.stdout!, child.stderr!]) {
        createInterface({ input: stream }).on('line', (line) => {
          this.lines.push(line);
          const url = /^nest-lti listens on (http\S+)$/.exec(line)?.[1];
          if (url === undefined) return;
          clearTimeout(timer);
          resolveUrl(url);
        });
      }
    });
    // Callers that wait only for the end do not handle this rejection.
    this.listening.catch(() => undefined);
  }

  static start({ env, under = [] }: ServiceSettings): ServiceProcess {
    const { PATH = '', HOME = '' } = process.env;
    const serve = [process.execPath, resolve('dist/src/server/main.js'), 'serve'];
    const [program = process.execPath, ...args]: string[] = [...under, ...serve];
    const child = spawn(program, args, {
      env: { PATH, HOME, PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'warn', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new ServiceProcess(child);
  }

  /** The URL on which it listens, when it does. */
  url(): Promise<string> {
    return this.listening;
  }

  get output(): string {
    return this.lines.join('\n');
  }

  /** The process' exit code, when it has ended. */
  async exitCode(): Promise<number | null> {
    return (await this.exited).code;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.child.kill(signal);
    return this.exitCode();
  }
}
