import {
  type CanActivate,
  type DynamicModule,
  type ExecutionContext,
  Injectable,
  Module,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import { type Request } from 'express';
import {
  ConfigurationInvalid,
  LtiModule,
  type LtiModuleOptions,
  RegistrationService,
  ToolKeyService,
} from '../../src/index.js';
import { migrateDatabase } from '../../src/database/migrate-database.js';
import { SimulatedPlatform } from '../../src/testing/index.js';
import { captureLog } from '../support/captured-log.js';
import { HostConfig } from '../support/host-app.js';
import { guestOptions, HOST_API_KEY, RunningHost } from '../support/running-host.js';
import { sql } from '../support/sql.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

@Injectable()
class OptionsFactory {
  constructor(private readonly config: HostConfig) {}

  create(): LtiModuleOptions {
    return this.config.getOrThrow('lti');
  }
}

@Module({ providers: [OptionsFactory], exports: [OptionsFactory] })
class OptionsModule {}

@Injectable()
class Visitors {
  readonly allowed = 'ada';
}

@Module({ providers: [Visitors], exports: [Visitors] })
class VisitorsModule {}

@Injectable()
class VisitorGuard implements CanActivate {
  constructor(private readonly visitors: Visitors) {}

  canActivate(context: ExecutionContext): boolean {
    return context.switchToHttp().getRequest<Request>().headers['x-visitor'] === this.visitors.allowed;
  }
}

@Module({})
class Root {}

describe('an embedder gives options', () => {
  let host: RunningHost | undefined;
  afterEach(() => host?.stop());

  it.each<[string, (options: LtiModuleOptions) => DynamicModule]>([
    ['as they are', (options) => LtiModule.forRoot(options)],
    [
      'by a factory with an injected service',
      () =>
        LtiModule.forRootAsync({
          inject: [HostConfig],
          useFactory: (config: HostConfig) => Promise.resolve(config.getOrThrow<LtiModuleOptions>('lti')),
        }),
    ],
    ['by a class', () => LtiModule.forRootAsync({ useClass: OptionsFactory })],
    [
      'by a class that is there already',
      () => LtiModule.forRootAsync({ imports: [OptionsModule], useExisting: OptionsFactory }),
    ],
  ])('%s, and the key set is public but the API needs a key', async (_, lti) => {
    host = await RunningHost.start(lti);
    await host.http.get('/lti/jwks.json').expect(200);
    const headers = { authorization: `Bearer ${HOST_API_KEY}` };
    for (const path of ['/api/v1/registrations', '/api/v1/courses', '/api/v1/sync-runs']) {
      await host.http.get(path).set(headers).expect(404, { host: 'is sorry' });
    }
  });

  it('that forbid a platform on this machine, and lms.connect names the option that allows it', async () => {
    const platformHttp = { allowPrivateNetworks: false };
    host = await RunningHost.start((options) => LtiModule.forRoot({ ...options, platformHttp }));
    const lms = await SimulatedPlatform.start();
    await expect(lms.connect(host.app)).rejects.toMatchObject({
      code: 'tool_not_connected',
      message: expect.stringContaining('platformHttp: { allowPrivateNetworks: '),
    });
    const input = await lms.registrationFor(host.app);
    const refused = host.app.get(RegistrationService, { strict: false }).create(input);
    await expect(refused).rejects.toThrow(
      /^The request is not valid: authorizationUrl, tokenUrl, jwksUrl: [^;]*platformHttp\.allowPrivateNetworks[^;]*[^.]\.$/,
    );
    await lms.stop();
  });

  it('and protects the API with our API keys', async () => {
    host = await RunningHost.start((options) => LtiModule.forRoot({ ...options, api: 'api-keys' }));
    await host.http.get('/api/v1/registrations').expect(401);
    await host.http.get('/api/v1/registrations').set('Authorization', `Bearer ${HOST_API_KEY}`).expect(200);
  });

  it('and its own guard with the providers of that guard', async () => {
    host = await RunningHost.start((options) =>
      LtiModule.forRootAsync({
        useFactory: () => options,
        api: { guard: VisitorGuard, imports: [VisitorsModule] },
      }),
    );
    const { body } = await host.http.get('/api/v1/registrations').expect(403);
    expect(body).toMatchObject({ status: 403, code: 'forbidden' });
    await host.http.get('/api/v1/registrations').set('x-visitor', 'ada').expect(200, { items: [] });
    await host.http.get('/api/v1/registrations').set('Authorization', `Bearer ${HOST_API_KEY}`).expect(403);
    await host.http.get('/api/v1/access-tokens').set('x-visitor', 'ada').expect(200, { items: [] });
    // API keys would have no effect here.
    await host.http.get('/api/v1/api-keys').set('x-visitor', 'ada').expect(404);
  });
});

describe('a boot', () => {
  let database: TestDatabase;
  /** The log of the last application. */
  let logged: readonly string[];
  beforeEach(async () => (database = await createTestDatabase()));
  afterEach(() => database.drop());

  /** The outcome of the start of an application with only these modules. */
  async function boot(
    options: LtiModuleOptions,
    hostModules: DynamicModule[] = [ScheduleModule.forRoot()],
  ): Promise<unknown> {
    const root = { module: Root, imports: [...hostModules, LtiModule.forRoot(options)] };
    const app = await NestFactory.create(root, { logger: false, abortOnError: false }).catch(
      (error: unknown) => error as Error,
    );
    if (app instanceof Error) return app;
    const log = captureLog();
    logged = log.lines;
    try {
      await app.init();
      return (await app.get(ToolKeyService, { strict: false }).jwks()).keys.length;
    } catch (error) {
      return error;
    } finally {
      log.end();
      await app.close();
    }
  }

  it('logs where platforms start launches, and warns where that is plain http beyond this machine', async () => {
    const options = guestOptions(database.url);
    for (const publicUrl of ['https://tool.example.edu/lti-tool', 'http://tool.localhost:3000']) {
      await boot({ ...options, publicUrl });
      expect(logged).toContain(`log Platforms start launches at ${publicUrl}/lti/login`);
      expect(logged.filter((line) => line.startsWith('warn'))).toEqual([]);
    }
    const publicUrl = 'http://10.0.0.1:3000';
    await boot({ ...options, publicUrl });
    expect(logged.filter((line) => line.startsWith('warn'))).toEqual([
      expect.stringMatching(/^warn publicUrl \(PUBLIC_URL\) is http:\/\/10\.0\.0\.1:3000: .* https URL/),
    ]);
  });

  it('reports that the scheduler is missing', async () => {
    const error = await boot(guestOptions(database.url), []);
    expect(error).toMatchObject({ code: 'scheduler_missing' });
    expect(String(error)).toContain('ScheduleModule.forRoot()');
  });

  it('needs no scheduler if courses are synced only on request', async () => {
    expect(await boot(guestOptions(database.url, { courseSync: { every: 'never' } }), [])).toBe(1);
  });

  it('warns of each work that is not done without a scheduler', async () => {
    const options = { courseSync: { every: 'never' }, toolKeys: { rotateEvery: '90d' } } as const;
    await boot(guestOptions(database.url, options), []);
    const warnings = logged.filter((line) =>
      line.endsWith(': add ScheduleModule.forRoot() of @nestjs/schedule.'),
    );
    expect(warnings.toSorted()).toEqual([
      expect.stringMatching(/^warn A score whose job is lost in a crash waits/),
      expect.stringMatching(/^warn Events are not delivered/),
      expect.stringMatching(/^warn Failed revocations of user grants are not retried/),
      expect.stringMatching(/^warn Nonces and sessions of old launches are not deleted/),
      expect.stringMatching(/^warn Notices of platforms are not tried again/),
      expect.stringMatching(/^warn Signing keys are not rotated/),
      expect.stringMatching(/^warn The personal data of deleted courses and registrations is not deleted/),
    ]);
  });

  it('refuses wrong options with every fault at once', async () => {
    const error = await boot(guestOptions('mysql://db', { publicUrl: 'tool', adminApiKey: 'short' }));
    expect(error).toBeInstanceOf(ConfigurationInvalid);
    expect((error as ConfigurationInvalid).faults.map(({ name }) => name)).toEqual([
      'publicUrl',
      'database.url',
      'adminApiKey',
    ]);
  });

  it('leaves an empty database empty when it may not migrate', async () => {
    const error = await boot(guestOptions('', { database: { url: database.url, migrate: false } }));
    expect(error).toMatchObject({ code: 'migrations_pending' });
    expect(await sql(database.url, `SELECT FROM pg_namespace WHERE nspname LIKE 'nest_lti%'`)).toEqual([]);
  });

  it('reports missing tables of the job engine too when it may not migrate', async () => {
    await migrateDatabase(database.url);
    const error = await boot(guestOptions('', { database: { url: database.url, migrate: false } }));
    expect(error).toMatchObject({ code: 'migrations_pending' });
  });

  it('needs no migration after another process has migrated', async () => {
    const options = guestOptions(database.url);
    expect(await boot(options)).toBe(1);
    expect(await boot({ ...options, database: { url: database.url, migrate: false } })).toBe(1);
  });

  it('refuses keys that did not encrypt the database, and leaves it unchanged', async () => {
    expect(await boot(guestOptions(database.url))).toBe(1);
    const sealed = 'SELECT sealed_private_key FROM nest_lti.tool_key';
    const before = await sql(database.url, sealed);
    expect(await boot(guestOptions(database.url))).toMatchObject({ code: 'wrong_encryption_keys' });
    expect(await sql(database.url, sealed)).toEqual(before);
  });

  it('accepts the old key behind a new one', async () => {
    const old = guestOptions(database.url);
    await boot(old);
    const { encryptionKeys } = guestOptions(database.url);
    const rotated = {
      ...old,
      encryptionKeys: `${encryptionKeys.replace('test:', 'new:')},${old.encryptionKeys}`,
    };
    expect(await boot(rotated)).toBe(1);
  });

  it('reports that the database cannot be reached, without its password', async () => {
    const error = await boot(guestOptions('postgres://lti:geheim@127.0.0.1:9/lti'));
    expect(error).toMatchObject({ code: 'database_unavailable' });
    expect(String(error)).toContain('127.0.0.1:9');
    expect(String(error)).not.toContain('geheim');
  });

  it('of two instances at once on an empty database creates one signing key', async () => {
    const options = guestOptions(database.url);
    expect(await Promise.all([boot(options), boot(options)])).toEqual([1, 1]);
    expect(await sql(database.url, 'SELECT FROM nest_lti.tool_key')).toHaveLength(1);
  });
});
