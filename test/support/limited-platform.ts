import { setTimeout as delay } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { type Clock, SystemClock } from '../../src/common/clock.js';
import { dataSourceOptions } from '../../src/database/lti-data-source.js';
import { fullLimit, type PlatformHttpOptions } from '../../src/platform-http/platform-http.options.js';
import { PlatformHttpService } from '../../src/platform-http/platform-http.service.js';
import { RateLimitsService } from '../../src/rate-limits/rate-limits.service.js';
import { SharedSlots, type SlotTimes } from '../../src/rate-limits/shared-slots.js';
import { LoopbackServer } from './loopback-server.js';
import { sql } from './sql.js';

/** Short intervals, so that processes notice each other soon. */
const BRISK: SlotTimes = { renewalMs: 100, termMs: 8000, idleMs: 300, turnMs: 200 };

export interface ToolProcess {
  http: PlatformHttpService;
  /** Ends as by SIGKILL: no slot is released, and no statement is sent any more. */
  die(): Promise<void>;
}

/** The platform's answer after a short time, and not before `after`; by default 200. */
type Answer = (nth: number) => { status: number; headers?: Record<string, string>; after?: Promise<void> };

const ANSWER_MS = 5;

/** A platform that counts requests in flight, and several processes of the tool with one database. */
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
      // Before the bytes are sent: a client that has read them may send the next request at once.
      response.off('close', end);
      if (!response.destroyed) end();
      response.writeHead(status, headers).end();
    });
    const platform = new LimitedPlatform(databaseUrl, server);
    return platform;
  }

  /** Starts one more process of the tool. */
  async process(
    options: PlatformHttpOptions = {},
    { clock = new SystemClock(), url = this.databaseUrl, times = {} }: ProcessSettings = {},
  ): Promise<ToolProcess> {
    const dataSource = await new DataSource(dataSourceOptions(url, 2)).initialize();
    const limit = fullLimit(options);
    const shared = new SharedSlots(limit, clock, dataSource, { ...BRISK, ...times });
    const rateLimits = new RateLimitsService({ limit, clock, random: () => 0, shared });
    const http = new PlatformHttpService({ allowPrivateNetworks: true, ...options }, clock, rateLimits);
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

  /** Sends `count` requests at once. Returns their outcomes. */
  async load({ http }: ToolProcess, count: number): Promise<number[]> {
    const url = this.server.url('/scores');
    const answers = Array.from({ length: count }, () => http.send({ method: 'POST', url, body: '{}' }));
    return (await Promise.all(answers)).map(({ status }) => status);
  }

  /** Sends a few requests at once, repeatedly, until the signal. Returns their outcomes. */
  async keepBusy(process: ToolProcess, signal: AbortSignal): Promise<number[]> {
    const statuses: number[] = [];
    while (!signal.aborted) statuses.push(...(await this.load(process, 10)));
    return statuses;
  }

  /** The processes that use the platform, from the database; the one with the most slots first. */
  async users(): Promise<StoredUser[]> {
    return sql<StoredUser>(
      this.databaseUrl,
      `SELECT (SELECT count(*)::int FROM nest_lti.rate_limit_slot s
               WHERE s.origin = u.origin AND s.process_id = u.process_id) AS slots,
         expires_at > clock_timestamp() AS "isAlive"
       FROM nest_lti.rate_limit_user u WHERE origin = '${this.origin}' ORDER BY slots DESC`,
    );
  }

  /** How far refusals have reduced the limit, from the database; undefined without a refusal. */
  async level(): Promise<number | undefined> {
    const [row] = await sql<{ level: number }>(
      this.databaseUrl,
      `SELECT level FROM nest_lti.rate_limit WHERE origin = '${this.origin}'`,
    );
    return row?.level;
  }

  /** Updates the platform's rows. */
  async change(table: 'rate_limit' | 'rate_limit_user', set: string): Promise<void> {
    await sql(this.databaseUrl, `UPDATE nest_lti.${table} SET ${set} WHERE origin = '${this.origin}'`);
  }

  private get origin(): string {
    return new URL(this.server.url()).origin;
  }

  async stop(): Promise<void> {
    for (const stop of this.stops.splice(0)) await stop();
    await this.server.stop();
  }
}

interface StoredUser {
  slots: number;
  isAlive: boolean;
}

interface ProcessSettings {
  clock?: Clock;
  /** The URL of the database. Default: without a proxy. */
  url?: string;
  times?: Partial<SlotTimes>;
}
