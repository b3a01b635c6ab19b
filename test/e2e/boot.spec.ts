import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import request from 'supertest';
import { LoopbackServer } from '../support/loopback-server.js';
import { openDirectory } from '../support/open-directory.js';
import { PostgresProxy } from '../support/postgres-proxy.js';
import { ServiceProcess } from '../support/service-process.js';
import { sql } from '../support/sql.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

const given = {
  PUBLIC_URL: 'https://tool.example.edu',
  ENCRYPTION_KEYS: `a:${Buffer.alloc(32, 7).toString('base64')}`,
  ADMIN_API_KEY: 'a-key-of-enough-characters',
};

/** A port that the service may not use; undefined where every user may use every port. */
function forbiddenPort(): { port: string; under: readonly string[] } | undefined {
  const setting = '/proc/sys/net/ipv4/ip_unprivileged_port_start';
  if (!existsSync(setting) || Number(readFileSync(setting, 'utf8')) < 2) return undefined;
  if (process.getuid?.() !== 0) return { port: '1', under: [] };
  // Root without the right that lets root use these ports.
  const under = ['setpriv', '--bounding-set=-net_bind_service', '--inh-caps=-net_bind_service'];
  return spawnSync('setpriv', ['--version']).status === 0 ? { port: '1', under } : undefined;
}

describe('a signal while the service starts its own database', () => {
  let directory: string;
  const cluster = () => join(directory, 'postgres', 'cluster');
  const filesOf = (path: string) => readdir(path).catch((): string[] => []);
  beforeAll(async () => (directory = await openDirectory('nest-lti-boot-')));
  afterAll(() => rm(directory, { recursive: true, force: true }));

  /** The process whose working directory is that of the database: its PostgreSQL. */
  function workingThere(): string {
    const { stdout } = spawnSync('find', ['/proc', '-maxdepth', '2', '-lname', cluster()], {
      encoding: 'utf8',
    });
    return stdout;
  }

  // In this order: the first start creates the database.
  it.each<[string, NodeJS.Signals, (service: ServiceProcess) => Promise<boolean>]>([
    [
      'while the database is created',
      'SIGINT',
      async () =>
        (await filesOf(join(directory, 'postgres'))).some((name) => name.startsWith('cluster.new-')),
    ],
    ['while PostgreSQL starts', 'SIGTERM', async () => (await filesOf(cluster())).includes('postmaster.pid')],
    [
      'while the application starts',
      'SIGINT',
      ({ output }) => Promise.resolve(output.includes('"NestFactory"')),
    ],
  ])(
    'stops the service and the database: %s',
    async (moment, signal, hasCome) => {
      const service = ServiceProcess.start({ env: { DATA_DIR: directory, LOG_LEVEL: 'info' } });
      await until(moment, async () => (await hasCome(service)) || undefined);
      expect(await service.end(signal)).toBe(0);
      expect(service.output).toContain(`${signal}: nest-lti stops.`);
      expect(service.output).not.toMatch(/listens on|Error|"level":[56]0/);
      expect(workingThere()).toBe('');
      expect(await filesOf(join(directory, 'postgres'))).not.toContain('lock');
    },
    60_000,
  );
});

describe('the start of the service', () => {
  let database: TestDatabase;
  beforeAll(async () => (database = await createTestDatabase()));
  afterAll(() => database.drop());

  const start = (env: Record<string, string>, under: readonly string[] = []) =>
    ServiceProcess.start({ env: { ...given, DATABASE_URL: database.url, ...env }, under });

  /** Its whole output. */
  async function failed(env: Record<string, string>, under?: readonly string[]): Promise<string[]> {
    const service = start(env, under);
    expect(await service.exitCode()).toBe(1);
    return service.lines;
  }

  function urlWith(change: (url: URL) => void): string {
    const url = new URL(database.url);
    change(url);
    return url.href;
  }

  it('reports in one line that the port is in use', async () => {
    const other = await LoopbackServer.start((response) => response.end());
    const { port } = new URL(other.url('/'));
    expect(await failed({ PORT: port })).toEqual([
      expect.stringMatching(
        `^port_in_use: Another program listens on port ${port} of 127.0.0.1. .* set PORT`,
      ),
    ]);
    await other.stop();
  }, 60_000);

  // Skipped if every user may listen on every port, or if root cannot drop that right.
  const forbidden = forbiddenPort();
  (forbidden === undefined ? it.skip : it)(
    'says in one line that its user may not listen on the port',
    async () => {
      const { port = '', under } = forbidden ?? {};
      expect(await failed({ PORT: port }, under)).toEqual([
        expect.stringMatching(
          `^port_forbidden: This user may not listen on port ${port}\\. Set PORT to 1024 or above`,
        ),
      ]);
    },
    60_000,
  );

  it('ends at once at the second SIGINT, though it cannot return its work to the queue', async () => {
    const proxy = await PostgresProxy.start(database.url);
    const service = start({ DATABASE_URL: proxy.url });
    await service.url();
    proxy.fallSilent();
    service.signal('SIGINT');
    await until('the word that it stops', () =>
      Promise.resolve(service.output.includes('SIGINT: nest-lti stops.') || undefined),
    );
    expect(await service.end('SIGINT')).toBe(1);
    await proxy.stop();
  }, 60_000);

  it('reports in one line that HOST is not an address of this machine', async () => {
    expect(await failed({ HOST: '192.0.2.1' })).toEqual([
      expect.stringMatching(/^host_unknown: HOST is 192\.0\.2\.1/),
    ]);
  }, 60_000);

  it.each<[string, (url: URL) => void, RegExp]>([
    ['is down', (url) => (url.port = '9'), /^database_unavailable: PostgreSQL at \S+:9 .*Start PostgreSQL/],
    [
      'refuses the password',
      (url) => (url.password = 'geheim'),
      /^database_unavailable: .*user and the password/,
    ],
    ['does not exist', (url) => (url.pathname = '/nowhere'), /^database_unavailable: .*Create that database/],
  ])(
    'reports in one line that the database %s',
    async (_, change, line) => {
      const said = await failed({ DATABASE_URL: urlWith(change) });
      expect(said).toEqual([expect.stringMatching(line)]);
      expect(said.join('')).not.toContain('geheim');
    },
    60_000,
  );

  it('reports in one line that the role may not create the schemas, and needs no such right if they exist', async () => {
    const role = `guest_${randomUUID().replaceAll('-', '')}`;
    const fresh = await createTestDatabase();
    await sql(fresh.url, `CREATE ROLE ${role} LOGIN PASSWORD 'guest'`);
    const guestUrl = new URL(fresh.url);
    guestUrl.username = role;
    guestUrl.password = 'guest';
    const DATABASE_URL = guestUrl.href;
    expect(await failed({ DATABASE_URL })).toEqual([
      expect.stringMatching(/^database_permission_denied: .*schema nest_lti .*GRANT CREATE ON DATABASE/),
    ]);
    const owner = start({ DATABASE_URL: fresh.url });
    await owner.url();
    expect(await owner.end('SIGTERM')).toBe(0);
    for (const schema of ['nest_lti', 'nest_lti_jobs']) {
      await sql(fresh.url, `GRANT USAGE ON SCHEMA ${schema} TO ${role}`);
      await sql(fresh.url, `GRANT ALL ON ALL TABLES IN SCHEMA ${schema} TO ${role}`);
      await sql(fresh.url, `GRANT ALL ON ALL SEQUENCES IN SCHEMA ${schema} TO ${role}`);
    }
    const guest = start({ DATABASE_URL });
    await request(await guest.url())
      .get('/health/ready')
      .expect(200);
    expect(await guest.end('SIGTERM')).toBe(0);
    await fresh.drop();
    await sql(database.url, `DROP ROLE ${role}`);
  }, 120_000);

  it('logs the address that is bound, warns of suspicious settings, and links to every page', async () => {
    const service = start({ HOST: '::1', TOKEN_STROE: 'none', PUBLIC_URL: 'http://tool.example.edu' });
    const url = await service.url();
    expect(url).toMatch(/^http:\/\/\[::1\]:[1-9]\d*$/);
    expect(service.lines.filter((line) => line.startsWith('Warning: '))).toEqual([
      'Warning: TOKEN_STROE is not a variable of nest-lti: did you mean TOKEN_STORE?',
    ]);
    expect(service.output).toContain(
      'publicUrl (PUBLIC_URL) is http://tool.example.edu: platforms launch only https',
    );
    const { body } = await request(url).get('/').accept('json').expect(200);
    for (const path of Object.values(body.links as Record<string, string>)) {
      const { status } = await request(url).get(path);
      expect([path, status]).not.toEqual([path, 404]);
    }
    const page = await request(url).get('/').accept('text/html').expect(200).expect('Content-Type', /html/);
    for (const path of Object.values(body.links as Record<string, string>))
      expect(page.text).toContain(`href=".${path}"`);
    expect(await service.end('SIGTERM')).toBe(0);
  }, 60_000);
});
