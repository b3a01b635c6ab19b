import { type OutgoingHttpHeaders } from 'node:http';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getDataSourceToken } from '@nestjs/typeorm';
import { type DataSource } from 'typeorm';
import { type CommandRun, runCommandHere } from '../support/command-run.js';
import { SystemClock } from '../../src/common/clock.js';
import { nestLti } from '../../src/commands/nest-lti.js';
import { readDoctorOptions } from '../../src/commands/doctor-options.js';
import { freePort } from '../../src/demo/free-port.js';
import { examine } from '../../src/doctor/doctor.js';
import { LTI_DATA_SOURCE } from '../../src/database/lti-data-source.js';
import { type DoctorFinding } from '../../src/doctor/doctor-finding.js';
import { type KeySigner } from '../../src/keys/key-signer.js';
import { LocalKeySigner } from '../../src/keys/local-key-signer.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { LoopbackServer } from '../support/loopback-server.js';
import { LtiTestApp } from '../support/lti-app.js';
import { PostgresProxy } from '../support/postgres-proxy.js';
import { RedisServer } from '../support/redis-server.js';
import { describeWithRedis, testRedisUrl } from '../support/redis-fixture.js';
import { sql } from '../support/sql.js';
import { type SyncedCourse, SyncedPlatform } from '../support/synced-platform.js';
import { createMigratedDatabase, createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

const CLOSED = '127.0.0.1:9';
const newKeys = () => `k:${randomBytes(32).toString('base64')}`;

interface Report {
  outcome: 'passed' | 'failed';
  findings: DoctorFinding[];
}

describe('nest-lti doctor', () => {
  const encryptionKeys = newKeys();
  let database: TestDatabase;
  let lti: LtiTestApp;
  let synced: SyncedPlatform;
  let course: SyncedCourse;
  let variables: Record<string, string>;
  /** Everything that the command has written, to look for secrets. */
  let written = '';

  beforeAll(async () => {
    database = await createMigratedDatabase();
    const publicUrl = `http://127.0.0.1:${await freePort(0)}`;
    lti = await LtiTestApp.start({
      publicUrl,
      database: { url: database.url },
      encryptionKeys,
    });
    // The command has the clock of the machine.
    synced = await SyncedPlatform.start(lti, { clock: new SystemClock() });
    course = await synced.addWhole({ members: 3, coupledLineItem: true });
    variables = {
      PUBLIC_URL: publicUrl,
      DATABASE_URL: database.url,
      ENCRYPTION_KEYS: encryptionKeys,
      ALLOW_PRIVATE_NETWORKS: 'true',
    };
  }, 60_000);
  afterAll(async () => {
    await synced.stop();
    await lti.stop();
    await database.drop();
    const { password } = new URL(database.url);
    for (const secret of [encryptionKeys.slice(2), 'geheim', ...(password === '' ? [] : [password])])
      expect(written).not.toContain(secret);
  });

  async function run(changes: Record<string, string> = {}, ...args: string[]): Promise<CommandRun> {
    const ended = await runCommandHere(nestLti, { ...variables, ...changes }, 'doctor', ...args);
    written += ended.answered + ended.said;
    return ended;
  }

  async function report(changes: Record<string, string> = {}, ...args: string[]): Promise<Report> {
    const { code, answered } = await run(changes, '--json', ...args);
    const result = JSON.parse(answered) as Report;
    expect(code).toBe(result.outcome === 'passed' ? 0 : 1);
    return result;
  }

  /** `check: code` of what has failed. */
  const failures = ({ findings }: Report) =>
    findings.filter(({ outcome }) => outcome === 'failed').map(({ check, code }) => `${check}: ${code}`);
  const found = ({ findings }: Report, check: string) =>
    findings.filter((finding) => finding.check === check);

  it('passes an installation in order on one page, and changes nothing in its database', async () => {
    const rows = () =>
      sql(
        database.url,
        'SELECT (SELECT count(*) FROM nest_lti.tool_key), (SELECT count(*) FROM nest_lti.access_token)',
      );
    const before = await rows();
    const { code, answered, said } = await run();
    expect([code, said]).toEqual([0, '']);
    const marks = answered
      .split('\n')
      .flatMap((line) => /^(ok|FAILED|skipped) +(\w+) /.exec(line)?.slice(1, 3).join(' ') ?? []);
    expect(marks).toEqual([
      'ok configuration',
      'ok database',
      'ok migrations',
      'ok encryption_keys',
      'ok clock',
      'skipped redis',
      'ok public_url',
      'ok key_set',
      'ok registration',
    ]);
    expect(answered).toMatch(/PostgreSQL \d+\S* at \S+ answers\./);
    expect(answered).toContain('7 steps passed.');
    expect(answered).toMatch(/Nothing has failed\.\n$/);
    expect(await rows()).toEqual(before);
  });

  it('lists every variable that is missing or wrong, without its value, and checks nothing else', async () => {
    const result = await report({
      PUBLIC_URL: '',
      DATABASE_URL: 'mysql://me:geheim@db/x',
      ENCRYPTION_KEYS: 'geheim',
    });
    expect(failures(result)).toEqual(Array(3).fill('configuration: configuration_invalid'));
    expect(result.findings.map(({ details }) => details?.name).sort()).toEqual([
      'DATABASE_URL',
      'ENCRYPTION_KEYS',
      'PUBLIC_URL',
    ]);
    expect(result.findings.find(({ details }) => details?.name === 'PUBLIC_URL')?.message).toContain(
      'Export it',
    );
  });

  it('refuses a wrong command line with 2', async () => {
    expect((await run({}, '--timeout', '0')).code).toBe(2);
    expect((await run({}, '--max-registrations', 'all')).code).toBe(2);
  });

  describe('of the database', () => {
    it('fails when it cannot be reached, and skips what needs it', async () => {
      const result = await report({ DATABASE_URL: `postgres://me:geheim@${CLOSED}/x` });
      expect(failures(result)).toEqual(['database: database_unavailable']);
      expect(found(result, 'database')[0]?.message).toContain(CLOSED);
      expect(found(result, 'registration')[0]).toMatchObject({
        outcome: 'skipped',
        code: 'database_not_ready',
      });
    });

    it('fails when it takes no connection any more after the first one', async () => {
      const { hostname, port } = new URL(database.url);
      const sockets: Socket[] = [];
      const server = createServer((socket) => {
        sockets.push(socket.on('error', () => undefined));
        if (sockets.length > 1) return;
        const first = connect(Number(port), hostname).on('error', () => undefined);
        socket.pipe(first).pipe(socket);
      });
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const url = new URL(database.url);
      url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      try {
        const result = await report({ DATABASE_URL: url.href });
        expect(failures(result)).toEqual(['database: database_unavailable']);
        expect(found(result, 'registration')).toMatchObject([
          { outcome: 'skipped', code: 'database_not_ready' },
        ]);
      } finally {
        for (const socket of sockets) socket.destroy();
        server.close();
      }
    }, 60_000);

    it('checks both URLs where a proxy is in front', async () => {
      const result = await report({
        DATABASE_URL: `postgres://${CLOSED}/x`,
        DATABASE_DIRECT_URL: database.url,
      });
      expect(failures(result)).toEqual(['database: database_unavailable']);
    });

    it('fails when it takes no writes', async () => {
      const url = new URL(database.url);
      url.searchParams.set('options', '-c default_transaction_read_only=on');
      expect(failures(await report({ DATABASE_URL: url.href }))).toContain('database: database_read_only');
    });

    it('fails when migrations have not run', async () => {
      const empty = await createTestDatabase();
      const result = await report({ DATABASE_URL: empty.url });
      await empty.drop();
      expect(failures(result)).toEqual(['migrations: migrations_pending']);
      expect(found(result, 'migrations')[0]?.message).toContain('run the command `migrate`');
    });

    it('says that no process has started yet, and writes no secret in its place', async () => {
      const fresh = await createMigratedDatabase();
      const result = await report({ DATABASE_URL: fresh.url });
      const checks = await sql(fresh.url, 'SELECT FROM nest_lti.encryption_check');
      await fresh.drop();
      expect(failures(result)).toEqual([]);
      expect(found(result, 'encryption_keys')[0]).toMatchObject({
        code: 'never_started',
        outcome: 'skipped',
      });
      expect(checks).toEqual([]);
    });

    it('fails when the tables of the job engine are not there', async () => {
      const other = await createMigratedDatabase();
      await sql(other.url, 'DROP SCHEMA nest_lti_jobs CASCADE');
      const inPostgres = await report({ DATABASE_URL: other.url });
      await other.drop();
      expect(failures(inPostgres)).toEqual(['migrations: migrations_pending']);
      expect(found(inPostgres, 'migrations')[0]?.message).toContain('job engine');
    });

    it('fails when a later version has migrated it', async () => {
      const other = await createMigratedDatabase();
      await sql(other.url, `INSERT INTO nest_lti.migration (timestamp, name) VALUES (1, 'Later9999')`);
      const result = await report({ DATABASE_URL: other.url });
      await other.drop();
      expect(failures(result)).toEqual(['migrations: migrations_later']);
      expect(found(result, 'migrations')[0]?.details).toEqual({ later: ['Later9999'] });
    });

    it('fails with other encryption keys', async () => {
      const result = await report({ ENCRYPTION_KEYS: newKeys() });
      expect(failures(result)).toEqual(['encryption_keys: wrong_encryption_keys']);
    });

    it('fails when it answers the first checks and then too slowly, and closes what starts too late', async () => {
      const proxy = await PostgresProxy.start(database.url);
      const starts = jest.spyOn(NestFactory, 'createApplicationContext');
      // A connection takes several round trips of twice this, so it is never there within the time-out.
      proxy.slowDown(50);
      const options = readDoctorOptions({ ...variables, DATABASE_URL: proxy.url });
      const bounds = { maxRegistrations: 1, timeoutMs: 20_000, startTimeoutMs: 100 };
      try {
        const findings = await examine(options, bounds, new SystemClock());
        const result = { outcome: 'failed', findings } as const;
        expect(failures(result)).toEqual(['database: database_slow']);
        expect(found(result, 'database').map(({ code }) => code)).toEqual([
          'database_reachable',
          'database_slow',
        ]);
        expect(found(result, 'registration')).toMatchObject([
          { outcome: 'skipped', code: 'database_not_ready' },
        ]);
        const late = (await starts.mock.results[0]?.value) as INestApplicationContext;
        const dataSource = late.get<DataSource>(getDataSourceToken(LTI_DATA_SOURCE));
        await until('the late application is closed', () =>
          Promise.resolve(dataSource.isInitialized ? undefined : true),
        );
      } finally {
        starts.mockRestore();
        await proxy.stop();
      }
    });

    it('fails when its clock differs', async () => {
      const bounds = { maxRegistrations: 1, timeoutMs: 20_000 };
      const findings = await examine(readDoctorOptions(variables), bounds, new FakeClock());
      expect(findings.find(({ check }) => check === 'clock')).toMatchObject({
        outcome: 'failed',
        code: 'clock_differs',
      });
    });
  });

  it('ends in time when the database and Redis take connections and never answer', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined));
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    const { port } = silent.address() as { port: number };
    const address = `127.0.0.1:${port}`;
    const result = await report({
      DATABASE_URL: `postgres://${address}/x`,
      TOKEN_STORE: 'redis',
      REDIS_URL: `redis://${address}`,
    });
    silent.close();
    expect(failures(result)).toEqual(['database: database_unavailable', 'redis: redis_unavailable']);
  });

  describeWithRedis('of Redis', () => {
    it('passes with its version', async () => {
      const result = await report({ TOKEN_STORE: 'redis', REDIS_URL: testRedisUrl() });
      expect(failures(result)).toEqual([]);
      expect(found(result, 'redis')[0]?.message).toMatch(/^Redis \d.*, where the tokens are, answers\.$/);
    });

    it('fails for each use when it cannot be reached or refuses the password', async () => {
      const both = { TOKEN_STORE: 'redis', JOBS_BACKEND: 'redis' };
      expect(failures(await report({ ...both, REDIS_URL: `redis://:geheim@${CLOSED}` }))).toEqual(
        Array(2).fill('redis: redis_unavailable'),
      );
      const guarded = await RedisServer.start({ args: ['--requirepass', 'right'] });
      const result = await report({
        TOKEN_STORE: 'redis',
        REDIS_URL: `redis://:geheim@127.0.0.1:${guarded.port}`,
      });
      await guarded.stop();
      expect(found(result, 'redis')[0]).toMatchObject({ code: 'redis_unavailable' });
    });

    it('fails when it drops jobs for lack of memory', async () => {
      const evicting = await RedisServer.start({ args: ['--maxmemory-policy', 'allkeys-lru'] });
      const url = { REDIS_URL: `redis://127.0.0.1:${evicting.port}` };
      const [jobs, tokens] = [
        await report({ ...url, JOBS_BACKEND: 'redis' }),
        await report({ ...url, TOKEN_STORE: 'redis' }),
      ];
      await evicting.stop();
      expect(failures(jobs)).toEqual(['redis: redis_evicts']);
      // Tokens can be requested again.
      expect(failures(tokens)).toEqual([]);
    });
  });

  describe('of the public URL', () => {
    it('fails when it is plain http beyond this machine, and skips the key set', async () => {
      const result = await report({ PUBLIC_URL: 'http://tool.example.edu' });
      expect(failures(result)).toContain('public_url: public_url_insecure');
    });

    it('fails when another program answers there, also for the key set', async () => {
      const other = await LoopbackServer.start((response) => response.writeHead(404).end('{"code":"x"}'));
      const result = await report({ PUBLIC_URL: `http://127.0.0.1:${other.port}` });
      await other.stop();
      expect(failures(result).slice(0, 2)).toEqual([
        'public_url: public_url_unreachable',
        'key_set: tool_keys_unreachable',
      ]);
      expect(found(result, 'public_url')[0]?.details).toMatchObject({ platformStatus: 404 });
    });

    /** Of a login route that answers with these headers. */
    const reportWith = async (headers: OutgoingHttpHeaders) => {
      const proxy = await LoopbackServer.start((response) =>
        response.writeHead(400, headers).end('{"code":"launch_parameter_missing"}'),
      );
      const result = await report({ PUBLIC_URL: `http://127.0.0.1:${proxy.port}` });
      await proxy.stop();
      return result;
    };

    it.each([
      { 'x-frame-options': 'SAMEORIGIN' },
      { 'content-security-policy': "default-src 'none'; Frame-Ancestors 'self'" },
    ])('fails when browsers would not show it in a frame because of %j', async (headers) => {
      const result = await reportWith(headers);
      expect(failures(result)[0]).toBe('public_url: public_url_frames_refused');
      expect(found(result, 'public_url')[0]?.message).toContain(Object.values(headers)[0]);
    });

    it.each([
      {},
      { 'content-security-policy': "frame-ancestors 'self' https://lms.example.edu" },
      { 'content-security-policy': 'frame-ancestors https:', 'x-frame-options': 'DENY' },
      { 'content-security-policy': "default-src 'self'" },
    ])('passes when browsers may show it in a frame of a platform, with %j', async (headers) => {
      expect(found(await reportWith(headers), 'public_url')[0]?.code).toBe('public_url_reached');
    });

    it('fails when a service on another database answers there', async () => {
      const other = await LtiTestApp.start();
      const result = await report({ PUBLIC_URL: other.url });
      await other.stop();
      expect(failures(result)[0]).toBe('key_set: tool_keys_missing');
    });

    it('fails when it has a login, without showing it', async () => {
      const result = await report({ PUBLIC_URL: 'https://me:geheim@tool.example.edu' });
      expect(failures(result)).toEqual(['configuration: configuration_invalid']);
      expect(JSON.stringify(result)).toContain('PUBLIC_URL');
      expect(JSON.stringify(result)).not.toContain('geheim');
    });

    it('is skipped where this machine may not call private addresses', async () => {
      const result = await report({ ALLOW_PRIVATE_NETWORKS: 'false' });
      for (const check of ['public_url', 'key_set']) {
        expect(found(result, check)[0]).toMatchObject({ code: 'public_url_private', outcome: 'skipped' });
      }
    });
  });

  describe('of the registrations', () => {
    it('says which step of which registration has failed, and who has to act', async () => {
      synced.platform.faults.add({ kind: 'status', on: 'jwks', status: 500 });
      const result = await report();
      expect(failures(result)).toEqual(['registration: platform_keys_refused']);
      expect(found(result, 'registration')[0]).toMatchObject({
        registration: { id: synced.registrationId, name: 'A generic platform' },
        step: 'platform_keys',
        actor: 'platform_administrator',
      });
      synced.platform.faults.add({ kind: 'status', on: 'jwks', status: 500 });
      const { answered, said } = await run();
      expect(answered.replace(/\s+/g, ' ')).toContain(
        `FAILED registration "A generic platform" (${synced.registrationId}): platform_keys, platform_keys_refused:`,
      );
      expect(said).toBe(
        'doctor_failed: 1 of the checks failed. The findings on standard output say what to do about each.\n',
      );
    });

    it('fails when the clock of a platform differs, by its Date header', async () => {
      const ahead = await SyncedPlatform.start(lti, { clock: new FakeClock() });
      const result = await report();
      await lti.api('delete', `/api/v1/registrations/${ahead.registrationId}`).expect(204);
      await ahead.stop();
      expect(failures(result)).toContain('registration: clock_differs');
    });

    it('says that it cannot sign as the KeySigner of the application does', async () => {
      const other = await createMigratedDatabase();
      const keys = newKeys();
      const local = new LocalKeySigner();
      const references = new Map<string, string>();
      // As a KMS: the private key never leaves it.
      const signer: KeySigner = {
        create: async (algorithm) => {
          const { publicJwk, reference } = await local.create(algorithm);
          const id = `kms-key-${references.size}`;
          references.set(id, reference);
          return { publicJwk, reference: id };
        },
        sign: (key, payload) => local.sign({ ...key, reference: references.get(key.reference)! }, payload),
      };
      const settings = { database: { url: other.url }, encryptionKeys: keys, toolKeys: { signer } };
      const withKms = await LtiTestApp.start(settings);
      const registered = await SyncedPlatform.start(withKms, { clock: new SystemClock() });
      const result = await report({
        DATABASE_URL: other.url,
        ENCRYPTION_KEYS: keys,
        PUBLIC_URL: withKms.url,
      });
      await registered.stop();
      await withKms.stop();
      await other.drop();
      expect(failures(result)).toEqual(['registration: check_broken']);
      expect(found(result, 'registration')[0]?.message).toContain('RegistrationCheckService.check');
    });

    it('says how many were left out', async () => {
      const second = await SyncedPlatform.start(lti, { clock: new SystemClock() });
      const result = await report({}, '--max-registrations', '1');
      await lti.api('delete', `/api/v1/registrations/${second.registrationId}`).expect(204);
      await second.stop();
      expect(found(result, 'registration').map(({ code }) => code)).toEqual([
        'registration_works',
        'registrations_left_out',
      ]);
    });

    it('says so when there is none', async () => {
      const other = await createMigratedDatabase();
      const keys = newKeys();
      const alone = await LtiTestApp.start({ database: { url: other.url }, encryptionKeys: keys });
      const result = await report({ DATABASE_URL: other.url, ENCRYPTION_KEYS: keys, PUBLIC_URL: alone.url });
      await alone.stop();
      await other.drop();
      expect(found(result, 'registration')[0]).toMatchObject({ code: 'no_registration', outcome: 'skipped' });
      expect(course.id).toBeDefined();
    });
  });
});
