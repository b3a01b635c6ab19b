import { AccessToken, AccessTokenKey, TokenCipher } from 'nest-lti';
import { sharedTokenStoreContract, tokenStoreContract } from 'nest-lti/testing';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LmdbTokenStore } from '../src/lmdb-token-store.js';

const encryptionKeys = `test:${Buffer.alloc(32, 7).toString('base64')}`;

describe('the token store on LMDB', () => {
  const path = mkdtempSync(join(tmpdir(), 'lmdb-token-store-'));
  const open = () => new LmdbTokenStore(path, TokenCipher.of(encryptionKeys));
  afterAll(() => rmSync(path, { recursive: true }));

  it.each(tokenStoreContract)('$name', ({ run }) => run({ open }));
  it.each(sharedTokenStoreContract)('shared: $name', ({ run }) => run({ open }));
});

describe('the token store on LMDB, in several processes', () => {
  const path = mkdtempSync(join(tmpdir(), 'lmdb-token-store-'));
  const store = new LmdbTokenStore(path, TokenCipher.of(encryptionKeys));
  const processes: ChildProcess[] = [];
  afterAll(async () => {
    for (const process of processes) process.kill('SIGKILL');
    await store.close();
    rmSync(path, { recursive: true });
  });

  /** A process that acquires the lease of a registration, says whether it got it, and then waits. */
  async function acquireElsewhere(registrationId: string, termMs: number) {
    const args = [
      join(import.meta.dirname, 'acquire.mjs'),
      path,
      encryptionKeys,
      registrationId,
      String(termMs),
    ];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    processes.push(child);
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    return { child, answer: said.toString().trim() };
  }

  it('gives the lease to one of two processes', async () => {
    const answers = await Promise.all([1, 2].map(() => acquireElsewhere('campus', 600_000)));
    expect(answers.map(({ answer }) => answer).sort()).toEqual(['acquired', 'held']);
    const key = new AccessTokenKey('campus', 1, ['a']);
    expect(await store.acquire(key, { termMs: 1000, holder: 'test' })).toBeUndefined();
  });

  it('gives the lease of a process that was killed to the next one, when its term is over', async () => {
    const { child, answer } = await acquireElsewhere('college', 500);
    expect(answer).toBe('acquired');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const key = new AccessTokenKey('college', 1, ['a']);
    await vi.waitFor(
      async () => expect(await store.acquire(key, { termMs: 1000, holder: 'test' })).toBeDefined(),
      10_000,
    );
  });

  it('has no token in its file that can be read without the encryption keys', async () => {
    const key = new AccessTokenKey('school', 1, ['a']);
    const lease = await store.acquire(key, { termMs: 1000, holder: 'test' });
    const [issuedAt, expiresAt] = [new Date('2026-11-01T10:00:00Z'), new Date('2026-11-01T11:00:00Z')];
    await store.commit(
      lease!,
      new AccessToken({ value: 'a-secret-value', scopes: ['a'], issuedAt, expiresAt }),
    );
    const file = readFileSync(join(path, 'data.mdb'));
    expect(file.includes('school')).toBe(true);
    expect(file.includes('a-secret-value')).toBe(false);
  });
});
