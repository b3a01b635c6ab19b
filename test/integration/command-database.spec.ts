import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import request from 'supertest';
import { loadEnvironment } from '../../src/server/load-environment.js';
import { nestLtiServer } from '../../src/server/nest-lti-server.js';
import { type Standalone, startStandalone } from '../../src/server/standalone.js';
import { runCommandHere } from '../support/command-run.js';
import { openDirectory } from '../support/open-directory.js';

const keyOf = (id: string) => `${id}:${Buffer.alloc(32, id).toString('base64')}`;

// The tests build on each other, because each start of a database takes seconds.
describe('commands on the database of the service itself', () => {
  let directory: string;
  let variables: Record<string, string>;
  let service: Standalone | undefined;
  let jwks: unknown;
  beforeAll(async () => {
    directory = await openDirectory('nest-lti-commands-');
    variables = { DATA_DIR: directory, PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'silent' };
  });
  afterAll(async () => {
    await service?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const start = async () => (service = await startStandalone(loadEnvironment(variables), () => undefined));
  const apiKeys = (...args: string[]) => runCommandHere(nestLtiServer, variables, 'api-keys', ...args);
  const reencrypt = () => runCommandHere(nestLtiServer, variables, 'encryption-keys', 'reencrypt');
  const jwksOf = async ({ url }: Standalone) =>
    (await request(url).get('/lti/jwks.json').expect(200)).body as unknown;
  const ringFile = () => join(directory, 'encryption-keys');

  it('create no database if there is none', async () => {
    for (const { code, answered, said } of [await apiKeys('list'), await reencrypt()]) {
      expect([code, answered]).toEqual([1, '']);
      expect(said).toMatch(/^no_database: .*DATA_DIR/);
    }
    await expect(readFile(ringFile())).rejects.toThrow('ENOENT');
  });

  it('do nothing while the service runs, and refer to its API', async () => {
    await writeFile(ringFile(), keyOf('k1'));
    jwks = await jwksOf(await start());
    for (const { code, answered, said } of [await apiKeys('list'), await reencrypt()]) {
      expect([code, answered]).toEqual([1, '']);
      expect(said).toMatch(/^service_running: .*Stop it, .*\/api\/v1\/api-keys/);
    }
  }, 60_000);

  it('let the doctor look while the service runs', async () => {
    const { code, answered } = await runCommandHere(nestLtiServer, variables, 'doctor', '--json');
    const { findings } = JSON.parse(answered) as { findings: { check: string; code: string }[] };
    const codeOf = (name: string) => findings.find(({ check }) => check === name)?.code;
    expect([
      code,
      codeOf('database'),
      codeOf('migrations'),
      codeOf('encryption_keys'),
      codeOf('registration'),
    ]).toEqual([0, 'database_reachable', 'migrations_done', 'encryption_keys_right', 'no_registration']);
  });

  it('start the database while the service is stopped, and stop it again: the service finds their changes', async () => {
    await service?.stop();
    const created = await apiKeys('create', '--name', 'lost the other', '--scope', 'write');
    expect([created.code, created.answered]).toEqual([0, expect.stringMatching(/^nlti_\S+\n$/)]);
    await writeFile(ringFile(), `${keyOf('k2')},${keyOf('k1')}`);
    const reencrypted = await reencrypt();
    expect([reencrypted.code, reencrypted.answered]).toEqual([
      0,
      expect.stringContaining('tool_key: 1 encrypted'),
    ]);
    await writeFile(ringFile(), keyOf('k2'));

    const again = await start();
    expect(await jwksOf(again)).toEqual(jwks);
    const authorization = `Bearer ${created.answered.trim()}`;
    await request(again.url).get('/api/v1/registrations').set('Authorization', authorization).expect(200);
  }, 60_000);
});
