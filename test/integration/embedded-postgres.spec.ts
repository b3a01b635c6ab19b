import { readFile, stat, writeFile } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { type EmbeddedPostgres } from '../../src/server/embedded-postgres/embedded-postgres.js';
import { PostgresFixture, serverPid } from '../support/postgres-fixture.js';
import { sql } from '../support/sql.js';

describe('A running EmbeddedPostgres', () => {
  const fixture = new PostgresFixture();
  let server: EmbeddedPostgres;
  beforeAll(async () => {
    process.env.NEST_LTI_TEST_SECRET = 'do-not-tell';
    server = await fixture.start(await fixture.directory());
    delete process.env.NEST_LTI_TEST_SECRET;
  });
  afterAll(() => fixture.clear());

  it('answers at its URL with its own database', async () => {
    expect(server.url).toMatch(/^postgres:\/\/nest_lti:[\w-]{32}@127\.0\.0\.1:\d+\/nest_lti$/);
    const [row] = await sql(
      server.url,
      'SELECT current_database() AS db, current_user AS role, lower($$Ä$$) AS lower',
    );
    expect(row).toEqual({ db: 'nest_lti', role: 'nest_lti', lower: 'ä' });
  });

  it('refuses every connection without the password', async () => {
    const wrong = new URL(server.url);
    wrong.password = 'guessed';
    await expect(sql(wrong.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    wrong.pathname = '/postgres';
    wrong.password = 'nest_lti';
    await expect(sql(wrong.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    const rules = await readFile(join(server.directory, 'cluster', 'pg_hba.conf'), 'utf8');
    const methods = rules.split('\n').filter((line) => /^\s*[a-z]/.test(line));
    expect(methods.length).toBeGreaterThan(0);
    for (const line of methods) expect(line).toMatch(/\sscram-sha-256$/);
  });

  it('listens on loopback only, and on no socket file', async () => {
    const [row] = await sql(
      server.url,
      "SELECT current_setting('listen_addresses') AS addresses, current_setting('unix_socket_directories') AS sockets",
    );
    expect(row).toEqual({ addresses: '127.0.0.1', sockets: '' });
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((address) => address?.family === 'IPv4' && !address.internal);
    const socket = createConnection(Number(new URL(server.url).port), outside?.address ?? '127.0.0.2');
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
  });

  it('keeps its directory and files from other users', async () => {
    const mode = async (name: string) => (await stat(join(server.directory, name))).mode & 0o777;
    expect(await mode('')).toBe(0o700);
    expect(await mode('cluster')).toBe(0o700);
    for (const name of ['password', 'port', 'lock', 'postgres.log']) expect(await mode(name)).toBe(0o600);
  });

  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux('gives the server nothing of our secrets, neither by environment nor by arguments', async () => {
    process.env.NEST_LTI_TEST_SECRET = 'do-not-tell';
    const pid = await serverPid(server.directory);
    const told =
      (await readFile(`/proc/${pid}/environ`, 'utf8')) + (await readFile(`/proc/${pid}/cmdline`, 'utf8'));
    expect(told).toContain('listen_addresses');
    expect(told).not.toContain('do-not-tell');
    expect(told).not.toContain(new URL(server.url).password);
  });
});

describe('EmbeddedPostgres', () => {
  const fixture = new PostgresFixture();
  afterEach(() => fixture.clear());

  it('keeps data, password and port over a stop and a start', async () => {
    const directory = await fixture.directory();
    const first = await fixture.start(directory);
    await sql(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    await expect(sql(first.url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const second = await fixture.start(directory);
    expect(second.url).toBe(first.url);
    expect(await sql(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('uses another port when another program has the remembered one', async () => {
    const directory = await fixture.directory();
    const first = await fixture.start(directory);
    await first.stop();
    const port = Number(new URL(first.url).port);
    const stranger = createServer().listen(port, '127.0.0.1');
    await once(stranger, 'listening');
    try {
      const second = await fixture.start(directory);
      expect(Number(new URL(second.url).port)).not.toBe(port);
      await sql(second.url, 'SELECT 1');
    } finally {
      stranger.close();
    }
  });

  it('stops during an open transaction, and can be stopped several times', async () => {
    const server = await fixture.start(await fixture.directory());
    const open = sql(server.url, 'SELECT pg_sleep(600)');
    const refused = expect(open).rejects.toThrow();
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    await refused;
  });

  it('reports the last lines of the log when the server does not start, and leaves no files behind', async () => {
    const directory = await fixture.directory();
    await expect(fixture.start(directory, { maxConnections: -1 })).rejects.toMatchObject({
      code: 'embedded_postgres_failed',
      message: expect.stringMatching(/DATABASE_URL[^]*max_connections/),
    });
    await fixture.start(directory);
  });

  it.each([
    ['gone', ''],
    ['another', 'changed'],
  ])('refuses to guess when the password is %s', async (_, password) => {
    const directory = await fixture.directory();
    await (await fixture.start(directory)).stop();
    await writeFile(join(directory, 'password'), password);
    await expect(fixture.start(directory)).rejects.toMatchObject({
      code: 'embedded_postgres_failed',
      message: expect.stringContaining(join(directory, 'password')),
    });
  });

  it('names the directory that it cannot create', async () => {
    const directory = await fixture.directory();
    await writeFile(directory, 'a file is in the way');
    await expect(fixture.start(directory)).rejects.toMatchObject({
      code: 'embedded_postgres_failed',
      message: expect.stringContaining(directory),
    });
  });
});
