import { Redis } from 'ioredis';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { tokenStoreContract } from '../../src/testing/index.js';
import { describeWithRedis } from '../support/redis-fixture.js';
import { RedisServer } from '../support/redis-server.js';
import { NEW_KEY, OLD_KEY, openRedisStore, cipherWith } from '../support/redis-store.js';
import { someKey, storeToken } from '../support/some-token.js';

const DOCS = readFileSync(resolve(__dirname, '../../docs/tokens.md'), 'utf8');

/** The arguments of the command in the docs for operators. */
function documentedUser(): string[] {
  const [, words] = /```text\nACL SETUSER ([^`]+)```/.exec(DOCS) ?? [];
  if (words === undefined) throw new Error('docs/tokens.md has no ACL SETUSER.');
  return words.trim().split(/\s+/);
}

describeWithRedis('RedisTokenStore as the user that the docs tell to make', () => {
  let server: RedisServer;
  let url: string;
  beforeAll(async () => {
    server = await RedisServer.start();
    const admin = new Redis(server.url);
    const [user = '', ...rules] = documentedUser();
    await admin.call('ACL', 'SETUSER', user, ...rules);
    admin.disconnect();
    url = server.url.replace('redis://', `redis://${user}:PASSWORD@`);
  });
  afterAll(() => server.stop());

  const open = (cipher = cipherWith(OLD_KEY)) => openRedisStore({ url, keyPrefix: 'nest-lti' }, cipher);

  it.each(tokenStoreContract)('keeps the contract: $name', ({ run }) => run({ open: () => open() }));

  it('re-encrypts as a user with only the needed permissions', async () => {
    const [writer, rotated] = [await open(), await open(cipherWith(NEW_KEY, OLD_KEY))];
    await storeToken(writer, someKey());
    expect(await rotated.reencryptAll()).toBeGreaterThan(0);
    await Promise.all([writer.close(), rotated.close()]);
  });

  it('is refused every other command', async () => {
    const redis = new Redis(url);
    await expect(redis.get('of-somebody-else')).rejects.toThrow('NOPERM');
    await expect(redis.flushall()).rejects.toThrow('NOPERM');
    redis.disconnect();
  });
});
