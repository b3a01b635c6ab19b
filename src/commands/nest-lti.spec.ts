import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommandHere } from '../../test/support/command-run.js';
import { nestLti } from './nest-lti.js';

const ID = '01890000-0000-7000-8000-000000000001';

describe('the command line of an embedder', () => {
  const run = (...args: string[]) => runCommandHere(nestLti, {}, ...args);
  let directory: string;
  beforeAll(() => (directory = mkdtempSync(join(tmpdir(), 'nest-lti-commands-'))));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it.each([
    [['api-keys', 'delete'], "unknown command 'delete'"],
    [['api-keys', 'create', '--scope', 'read'], "required option '--name <name>' not specified"],
    [['api-keys', 'create', '--name', '', '--scope', 'read'], 'It must not be empty.'],
    [['api-keys', 'create', '--name', 'a\nb', '--scope', 'read'], 'It must not hold control characters.'],
    [['api-keys', 'create', '--name', 'x'.repeat(201), '--scope', 'read'], '200'],
    [['api-keys', 'create', '--name', 'x'], "required option '--scope <scope>' not specified"],
    [['api-keys', 'create', '--name', 'x', '--scope', 'admin'], 'Allowed choices are read, write.'],
    [['api-keys', 'create', 'x', '--name', 'x', '--scope', 'read'], 'too many arguments'],
    [['api-keys', 'list', ID], 'too many arguments'],
    [['api-keys', 'list', '--scope', 'read'], "unknown option '--scope'"],
    [['api-keys', 'revoke'], "missing required argument 'id'"],
    [['api-keys', 'revoke', 'nlti_abc'], 'It must be a UUID.'],
    [['migrate', 'now'], 'too many arguments'],
    [
      ['encryption-keys', 'reencrypt', '--database-url', 'postgres://me:geheim@db/x'],
      "unknown option '--database-url'",
    ],
  ])('refuses wrong arguments in one line: %j', async (args, reason) => {
    const { code, answered, said } = await run(...args);
    expect([code, answered]).toEqual([2, '']);
    expect(said).toContain(reason);
    expect(said.trim()).not.toContain('\n');
  });

  it.each([['migrate'], ['api-keys', 'list'], ['encryption-keys', 'reencrypt']])(
    'says in one line how to set a missing variable: %s %s',
    async (...args) => {
      const { code, said } = await run(...args);
      const line =
        /^configuration_invalid: .*DATABASE_URL: is missing.* export DATABASE_URL=postgres:.* \.env\)$/;
      expect([code, said.trim()]).toEqual([1, expect.stringMatching(line)]);
    },
  );

  it('reads a secret from the file that a flag or a variable names; the flag wins', async () => {
    const file = join(directory, 'url');
    writeFileSync(file, 'postgres://me:geheim@127.0.0.1:9/none\n');
    const wrong = 'mysql://db';
    const runs = [
      await run('api-keys', 'list', '--database-url-file', file),
      await runCommandHere(nestLti, { DATABASE_URL_FILE: file }, 'api-keys', 'list'),
      await runCommandHere(nestLti, { DATABASE_URL: wrong }, 'api-keys', 'list', '--database-url-file', file),
    ];
    for (const { code, said } of runs) {
      expect([code, said]).toEqual([1, expect.stringMatching(/^database_unavailable: .*127\.0\.0\.1:9/)]);
      expect(said).not.toContain('geheim');
    }
  });

  it('needs the encryption keys only for the command that uses them', async () => {
    const url = { DATABASE_URL: 'postgres://127.0.0.1:9/none' };
    expect((await runCommandHere(nestLti, url, 'encryption-keys', 'reencrypt')).said).toContain(
      'ENCRYPTION_KEYS: is needed',
    );
    expect((await runCommandHere(nestLti, url, 'migrate')).said).toMatch(/^database_unavailable: /);
  });

  it.each(['migrate', 'api-keys create', 'encryption-keys reencrypt'])(
    'prints help for %s with its variables',
    async (words) => {
      const { code, answered } = await run(...words.split(' '), '--help');
      expect(code).toBe(0);
      expect(answered).toContain(`Usage: nest-lti ${words}`);
      expect(answered).toContain('DATABASE_URL or DATABASE_URL_FILE');
    },
  );
});
