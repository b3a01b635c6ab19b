import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../support/redis-server.js';
import { ServiceProcess } from '../support/service-process.js';

const RESTART_MS = 1000;

/** One of several processes of the service, with a supervisor that starts it again when it has ended. */
export class ChaosWorker {
  /** Lines of all its processes, the oldest first. */
  readonly log: string[] = [];
  /** Starts that ended before the process listened, as PostgreSQL or Redis was down. */
  failedBoots = 0;
  /** Ends of a process that listened, and that the test did not kill. */
  readonly ownEnds: string[] = [];
  private service: ServiceProcess | undefined;
  private booting: Promise<void> | undefined;
  private isKilled = false;
  private isStopped = false;

  private constructor(
    readonly name: string,
    readonly url: string,
    private readonly env: Record<string, string>,
  ) {}

  static async create(name: string, env: Record<string, string>): Promise<ChaosWorker> {
    const port = String(await freePort());
    return new ChaosWorker(name, `http://127.0.0.1:${port}`, { ...env, PORT: port });
  }

  /** Resolves when it listens. */
  start(): Promise<void> {
    this.booting ??= this.boot().finally(() => (this.booting = undefined));
    return this.booting;
  }

  /** Resolves when the next process listens. */
  async kill(downMs: number): Promise<void> {
    this.isKilled = true;
    const isBooting = this.booting !== undefined;
    await this.service?.end('SIGKILL');
    // A boot that ended is repeated anyway.
    if (!isBooting) await pause(downMs);
    await this.start();
  }

  async pause(ms: number): Promise<void> {
    this.service?.signal('SIGSTOP');
    await pause(ms);
    this.service?.signal('SIGCONT');
  }

  /** The exit code after the signal. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | null> {
    this.isStopped = true;
    return (await this.service?.end(signal)) ?? null;
  }

  private async boot(): Promise<void> {
    while (!this.isStopped) {
      this.isKilled = false;
      // It ends with this process, even while it is stopped by SIGSTOP.
      const under = ['setpriv', '--pdeathsig', 'KILL', '--'];
      const service = ServiceProcess.start({ env: this.env, under });
      this.service = service;
      try {
        await service.url();
        void service.exitCode().then((code) => this.ended(service, code));
        return;
      } catch {
        this.log.push(...service.lines);
        this.failedBoots += 1;
        await service.end('SIGKILL');
        await pause(RESTART_MS);
      }
    }
  }

  private async ended(service: ServiceProcess, code: number | null): Promise<void> {
    this.log.push(...service.lines);
    if (this.isKilled || this.isStopped) return;
    this.ownEnds.push(
      `${this.name} ended by itself with code ${String(code)}: ${service.lines.at(-1) ?? ''}`,
    );
    await this.start();
  }
}
