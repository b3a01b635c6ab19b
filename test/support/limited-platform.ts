import { setTimeout as delay } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { type Clock, SystemClock } from '../../src/common/clock.js';
import { dataSourceOptions } from '../../src/database/lti-data-source.js';
import { type LimitRecord } from '../../src/platform-http/limits/limit-record.js';
import { type LimitTimes } from '../../src/platform-http/limits/limit-times.js';
import { SharedPlatformLimits } from '../../src/platform-http/limits/shared-limits.js';
import { fullLimit, type PlatformHttpOptions } from '../../src/platform-http/platform-http.options.js';
import { PlatformHttp } from '../../src/platform-http/platform-http.service.js';
import { LoopbackServer } from './loopback-server.js';
import { sql } from './sql.js';

/** Quick to notice each other. */
const BRISK: LimitTimes = { renewalMs: 100, termMs: 8000, idleMs: 300, turnMs: 200 };

export interface ToolProcess {
  http: PlatformHttp;
  /** As with `kill -9`: nothing is given back, nothing more is asked of the database. */
  die(): Promise<void>;
}

/** What the platform answers after a moment, and not before `after`; by default 200. */
type Answer = (nth: number) => { status: number; headers?: Record<string, string>; after?: Promise<void> };

const ANSWER_MS = 5;

/** A platform that counts what is in flight, and our processes before it, which share one database. */
export class LimitedPlatform {
  inFlight = 0;
  mostInFlight = 0;
  private readonly stops: (() => Promise<unknown>)[] = [];

  private constructor(
    private readonly databaseUrl: string,
    readonly server: LoopbackServer,
  ) {}

  static async start(
    databaseUrl: string,
    answer: Answer = () => ({ status: 200 }),
  ): Promise<LimitedPlatform> {
    const server = await LoopbackServer.start(async (response, _request, nth) => {
      platform.inFlight += 1;
      platform.mostInFlight = Math.max(platform.mostInFlight, platform.inFlight);
      const end = (): void => {
        platform.inFlight -= 1;
      };
      response.once('close', end);
      const { status, headers = {}, after } = answer(nth);
      await Promise.all([delay(ANSWER_MS), after]);
      // Before its bytes go: who reads them may send the next one at once.
      response.off('close', end);
      if (!response.destroyed) end();
      response.writeHead(status, headers).end();
    });
    const platform = new LimitedPlatform(databaseUrl, server);
    return platform;
  }

  /** One more of our processes. */
  async process(
    options: PlatformHttpOptions = {},
    { clock = new SystemClock(), url = this.databaseUrl, times = {} }: ProcessSettings = {},
  ): Promise<ToolProcess> {
    const dataSource = await new DataSource(dataSourceOptions(url, 2)).initialize();
    const all = { allowPrivateNetworks: true, random: () => 0, ...options };
    const limits = new SharedPlatformLimits(fullLimit(all), clock, dataSource, { ...BRISK, ...times });
    const http = new PlatformHttp(all, clock, limits);
    const disconnect = async (): Promise<void> => {
      if (dataSource.isInitialized) await dataSource.destroy();
    };
    const stop = async (): Promise<void> => {
      await http.onApplicationShutdown();
      await disconnect();
    };
    this.stops.push(stop);
    return {
      http,
      die: async () => {
        await disconnect();
        await stop();
      },
    };
  }

  /** So many requests at once; tells how they ended. */
  async load({ http }: ToolProcess, count: number): Promise<number[]> {
    const url = this.server.url('/scores');
    const answers = Array.from({ length: count }, () => http.send({ method: 'POST', url, body: '{}' }));
    return (await Promise.all(answers)).map(({ status }) => status);
  }

  /** A few requests at once, again and again, until the signal; tells how they ended. */
  async keepBusy(process: ToolProcess, signal: AbortSignal): Promise<number[]> {
    const statuses: number[] = [];
    while (!signal.aborted) statuses.push(...(await this.load(process, 10)));
    return statuses;
  }

  /** What the processes know of the platform, if anything. */
  async record(): Promise<LimitRecord | undefined> {
    const [row] = await sql<{ record: LimitRecord }>(
      this.databaseUrl,
      `SELECT record FROM nest_lti.platform_limit WHERE origin = '${new URL(this.server.url()).origin}'`,
    );
    return row?.record;
  }

  async stop(): Promise<void> {
    for (const stop of this.stops.splice(0)) await stop();
    await this.server.stop();
  }
}

interface ProcessSettings {
  clock?: Clock;
  /** The way to the database. Default: straight. */
  url?: string;
  times?: Partial<LimitTimes>;
}
