import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { SystemClock } from '../src/common/clock.js';
import { freePort } from '../src/demo/free-port.js';
import { cpuMsOf } from './cpu-time.js';
import { type StatementCounts } from './statement-counter.js';

export const BENCH_API_KEY = 'a-key-for-the-service-of-the-bench';
/** The service's answer to SIGTERM. */
const STOPPING = 'SIGTERM: nest-lti stops.';
const START_TIMEOUT_MS = 60_000;
const REQUEST_TIMEOUT_MS = 60_000;

/** A line of the service's log at the level `warn` or above. */
export interface Complaint {
  /** Since the epoch. */
  atMs: number;
  text: string;
}

/** What a process uses at one moment. */
export interface Usage {
  atMs: number;
  memoryMiB: number;
  handles: number;
}

const ENDS_WITH_PARENT = new URL('./ends-with-parent.js', import.meta.url);
/** To preload, for `statements`. */
export const STATEMENT_COUNTER = new URL('./statement-counter.js', import.meta.url);

export interface ServiceOptions {
  env?: Record<string, string>;
  /** Modules of the bench that are loaded before the service. */
  preload?: readonly URL[];
}

/** The built service in a process of its own. It ends with this process. */
export class BenchService {
  readonly complaints: Complaint[] = [];
  private readonly clock = new SystemClock();

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(
    databaseUrl: string,
    { env = {}, preload = [] }: ServiceOptions = {},
  ): Promise<BenchService> {
    const { PATH = '', HOME = '' } = process.env;
    const port = String(await freePort(0));
    const child = fork('dist/src/server/main.js', ['serve'], {
      // Node's deprecations are those of libraries; its other warnings count as complaints.
      execArgv: [
        '--no-deprecation',
        ...[ENDS_WITH_PARENT, ...preload].flatMap((file) => ['--import', fileURLToPath(file)]),
      ],
      env: {
        PATH,
        HOME,
        PORT: port,
        HOST: '127.0.0.1',
        PUBLIC_URL: `http://127.0.0.1:${port}`,
        LOG_LEVEL: 'warn',
        DATABASE_URL: databaseUrl,
        ENCRYPTION_KEYS: `bench:${Buffer.alloc(32, 1).toString('base64')}`,
        ADMIN_API_KEY: BENCH_API_KEY,
        ALLOW_PRIVATE_NETWORKS: 'true',
        SYNC_EVERY: 'never',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const service = new BenchService(child, `http://127.0.0.1:${port}`);
    await service.listening();
    return service;
  }

  /** Resolves when the service listens. From then on its output is complaints. */
  private async listening(): Promise<void> {
    const lines: string[] = [];
    let isListening = false;
    await new Promise<void>((resolve, reject) => {
      const fail = (what: string) => reject(new Error(`The service ${what}:\n${lines.join('\n')}`));
      const timer = setTimeout(() => fail('does not listen in time'), START_TIMEOUT_MS);
      this.child.once('exit', (code) => {
        clearTimeout(timer);
        fail(`ended with code ${String(code)}`);
      });
      const hear = (line: string): void => {
        if (isListening) {
          this.hear(line);
          return;
        }
        lines.push(line);
        if (!line.startsWith('nest-lti listens on ')) return;
        isListening = true;
        clearTimeout(timer);
        resolve();
      };
      for (const stream of [this.child.stdout!, this.child.stderr!]) {
        createInterface({ input: stream }).on('line', hear);
      }
    });
  }

  private hear(text: string): void {
    if (text !== STOPPING) this.complaints.push({ atMs: this.clock.nowMs(), text });
  }

  /** Registers the simulated platform at this URL, and returns the id of the registration. */
  async createRegistration(url: string): Promise<string> {
    const { id } = await this.request<{ id: string }>('POST', '/registrations', {
      name: 'Bench',
      issuer: url,
      clientId: 'bench',
      authorizationUrl: `${url}/auth`,
      tokenUrl: `${url}/token`,
      jwksUrl: `${url}/jwks`,
      deployments: ['1'],
    });
    return id;
  }

  /** @throws Error with the service's answer if that is not a success */
  async request<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${BENCH_API_KEY}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as T;
  }

  /** By the files of Linux' /proc. */
  async usage(): Promise<Usage> {
    const directory = `/proc/${String(this.child.pid)}`;
    const status = await readFile(`${directory}/status`, 'utf8');
    const kibibytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
    const handles = (await readdir(`${directory}/fd`)).length;
    return { atMs: performance.now(), memoryMiB: kibibytes / 1024, handles };
  }

  /** User and system time since its start, by Linux' /proc. */
  cpuMs(): Promise<number> {
    return cpuMsOf(this.child.pid ?? 0);
  }

  /** The greatest resident memory from now on, at the time of the second call, by Linux' /proc. */
  async peakMemory(): Promise<() => Promise<number>> {
    const directory = `/proc/${String(this.child.pid)}`;
    await writeFile(`${directory}/clear_refs`, '5');
    return async () => {
      const status = await readFile(`${directory}/status`, 'utf8');
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
    };
  }

  /** How often it has sent each statement to PostgreSQL, on all connections. It needs STATEMENT_COUNTER. */
  async statements(): Promise<StatementCounts> {
    this.child.send('statements');
    const [counts] = (await once(this.child, 'message')) as [StatementCounts];
    return counts;
  }

  /** The exit code after SIGTERM. */
  async stop(): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const exited = once(this.child, 'exit') as Promise<[number | null]>;
    this.child.kill('SIGTERM');
    const [code] = await exited;
    return code;
  }
}
