import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type LtiModuleOptions } from '../../src/config/lti-config.js';
import { type StoreTimes } from '../../src/access-tokens/stores/resilient-token-store.js';
import { EmbeddedPostgres } from '../../src/server/embedded-postgres/embedded-postgres.js';
import {
  SimulatedPlatform,
  type SimulatedPlatformOptions,
  type SimulatedToolInput,
} from '../../src/testing/index.js';
import { FleetCampus } from './fleet-campus.js';
import { openDirectory } from './open-directory.js';
import { PostgresProxy } from './postgres-proxy.js';
import { RedisServer } from './redis-server.js';
import { ShiftedClock } from '../../src/testing/shifted-clock.js';
import { TokenFleet, type TokenProcess } from './token-fleet.js';
import { type ToolSettings } from './token-process.js';

export type StoreName = 'redis' | 'postgres' | 'memory';

/** The default of `max_connections`. */
const MAX_CONNECTIONS = 100;
const ENCRYPTION_KEYS = `a:${Buffer.alloc(32, 1).toString('base64')}`;

/** The processes of one tool, the servers that they share, and the platforms that they call, all on one clock. */
export class TokenStage {
  readonly clock = new ShiftedClock();
  private readonly platforms: SimulatedPlatform[] = [];
  private shiftedMs = 0;
  private clients = 0;

  private constructor(
    private readonly directory: string,
    private readonly fleet: TokenFleet,
    private postgres: EmbeddedPostgres,
    /** The processes connect to PostgreSQL through it. */
    readonly wayToPostgres: PostgresProxy,
    /** Undefined if the tests run without Redis. */
    private readonly redisServer: RedisServer | undefined,
  ) {}

  static async start(): Promise<TokenStage> {
    const directory = await openDirectory('nest-lti-stage-');
    const [postgres, redis, fleet] = await Promise.all([
      startPostgres(directory),
      process.env.TEST_REDIS_URL === undefined ? undefined : RedisServer.start(),
      TokenFleet.start(),
    ]);
    return new TokenStage(directory, fleet, postgres, await PostgresProxy.start(postgres.url), redis);
  }

  get processes(): readonly TokenProcess[] {
    return this.fleet.processes;
  }

  get redis(): RedisServer {
    if (this.redisServer === undefined) throw new Error('This run has no Redis.');
    return this.redisServer;
  }

  /** Starts processes until there are `size`, and sets their clocks. Killed ones are replaced. */
  async fill(size: number): Promise<void> {
    for (const added of await this.fleet.fill(size)) await added.tell('advance', this.shiftedMs);
  }

  /** Advances the clocks of all processes and platforms. */
  async advance(ms: number): Promise<void> {
    this.shiftedMs += ms;
    this.clock.advance(ms);
    await Promise.all(this.processes.map((each) => each.tell('advance', ms)));
  }

  settings(store: StoreName, more: Partial<ToolSettings> = {}, poolSize?: number): ToolSettings {
    const tokenStore: LtiModuleOptions['tokenStore'] =
      store === 'redis' ? { type: 'redis', url: this.redis.url } : store;
    const options: LtiModuleOptions = {
      publicUrl: 'https://tool.example.edu',
      database: { url: this.wayToPostgres.url, poolSize },
      tokenStore,
      encryptionKeys: ENCRYPTION_KEYS,
      // High, because some calls of these tests hang for long and must not take the slots of the others.
      platformHttp: { allowPrivateNetworks: true, concurrencyPerPlatform: 64 },
      courseSync: { every: 'never', concurrency: 0 },
    };
    return { options, ...more };
  }

  /** Starts the tool in these processes. The first one migrates the database before the others start. */
  async open(name: string, processes: readonly TokenProcess[], settings: ToolSettings): Promise<void> {
    const [first, ...rest] = processes;
    await first?.tell('open', name, settings);
    await Promise.all(rest.map((each) => each.tell('open', name, settings)));
  }

  /** Sets how long the tool waits for its token store, in all processes. */
  async setStoreTimes(name: string, times: StoreTimes): Promise<void> {
    await Promise.all(this.processes.map((each) => each.tell('setStoreTimes', name, times)));
  }

  async close(name: string): Promise<void> {
    await Promise.all(this.processes.map((each) => each.tell('close', name)));
  }

  /** A new platform, where the tool of the name `tool` is registered. */
  async campus(tool: string, options: SimulatedPlatformOptions = {}): Promise<FleetCampus> {
    const lms = await this.platform(options);
    return this.registered(tool, lms);
  }

  async platform(options: SimulatedPlatformOptions = {}): Promise<SimulatedPlatform> {
    const lms = await SimulatedPlatform.start({ throttles: false, ...options, clock: this.clock });
    this.platforms.push(lms);
    return lms;
  }

  /** One more registration of the tool at a platform. */
  async registered(tool: string, lms: SimulatedPlatform): Promise<FleetCampus> {
    const clientId = `client-${++this.clients}`;
    await this.introduce(tool, lms, clientId);
    const { issuer, authorizationUrl, tokenUrl, jwksUrl } = lms;
    const registrationId = await this.anyProcess.tell('register', tool, {
      name: 'Campus',
      issuer,
      clientId,
      authorizationUrl,
      tokenUrl,
      jwksUrl,
      platformFamily: lms.family,
      deployments: ['1'],
    });
    return new FleetCampus(tool, lms, clientId, registrationId);
  }

  /** Adds the tool to a platform. */
  async introduce(tool: string, lms: SimulatedPlatform, clientId: string): Promise<void> {
    const jwks = (await this.anyProcess.tell('jwks', tool)) as SimulatedToolInput['jwks'];
    lms.addTool({ clientId, jwks });
  }

  /** Stops PostgreSQL and starts it again with its data. */
  async stopPostgres(): Promise<void> {
    await this.postgres.stop();
  }

  async restartPostgres(): Promise<void> {
    this.postgres = await startPostgres(this.directory);
  }

  async stop(): Promise<void> {
    await this.fleet.stop();
    await Promise.all(this.platforms.map((lms) => lms.stop()));
    await this.wayToPostgres.stop();
    await this.postgres.stop();
    await this.redisServer?.stop();
    for (const path of [this.postgres.directory, this.directory])
      await rm(path, { recursive: true, force: true });
  }

  private get anyProcess(): TokenProcess {
    return this.processes[0]!;
  }
}

function startPostgres(directory: string): Promise<EmbeddedPostgres> {
  return EmbeddedPostgres.start({
    directory: join(directory, 'postgres'),
    durability: 'none',
    maxConnections: MAX_CONNECTIONS,
  });
}
