import { exportJWK, generateKeyPair } from 'jose';
import { LoopbackServer } from '../../../test/support/loopback-server.js';
import { FakeClock } from '../fake-clock.js';
import { type FamilyName } from '../families/family.js';
import { type AssertionChanges, SigningTool } from '../../../test/support/signing-tool.js';
import { SimulatedPlatform } from '../simulated-platform.js';

describe('ToolKeySet', () => {
  const clock = new FakeClock();
  let tool: SigningTool;
  let lms: SimulatedPlatform;

  beforeAll(async () => {
    tool = await SigningTool.create();
  });
  afterEach(() => lms.stop());

  const nowSeconds = () => clock.now().getTime() / 1000;

  type Request = [changes?: AssertionChanges, form?: Record<string, string | undefined>];
  const ask = (...request: Request) => tool.ask(lms, nowSeconds(), ...request);
  const reasonOf = (...request: Request) => tool.reasonOf(lms, nowSeconds(), ...request);

  describe('with a key set at an address', () => {
    let keySet: LoopbackServer;
    let keys: unknown[];

    beforeEach(async () => {
      keys = [tool.publicKey];
      keySet = await LoopbackServer.start((response) => void response.end(JSON.stringify({ keys })));
    });
    afterEach(() => keySet.stop());

    async function startWithAddress(family: FamilyName): Promise<void> {
      lms = await SimulatedPlatform.start({ family, clock });
      lms.addTool({ clientId: tool.clientId, jwksUrl: keySet.url('/jwks.json') });
    }

    it('fetches the key set once for many tokens', async () => {
      await startWithAddress('generic');
      for (let asked = 0; asked < 3; asked += 1) expect((await ask()).status).toBe(200);
      expect(lms.counts.jwksFetches).toBe(1);
    });

    it('fetches the key set again for a key that it has not seen', async () => {
      await startWithAddress('generic');
      await ask();
      const successor = await SigningTool.create('key-2');
      keys = [tool.publicKey, successor.publicKey];
      const response = await successor.post(lms, await successor.assertion(lms, nowSeconds()));
      expect([response.status, lms.counts.jwksFetches]).toEqual([200, 2]);
    });

    it('fetches a key without alg again for every token, as Moodle does', async () => {
      const { alg: _alg, ...withoutAlg } = tool.publicKey;
      keys = [withoutAlg];
      await startWithAddress('moodle');
      await ask();
      await ask();
      expect([lms.counts.tokensIssued, lms.counts.jwksFetches]).toEqual([2, 2]);
    });

    it('refuses a key set that holds a private key', async () => {
      const { privateKey } = await generateKeyPair('RS256', { extractable: true });
      keys = [{ ...(await exportJWK(privateKey)), kid: 'key-1', alg: 'RS256' }];
      await startWithAddress('generic');
      expect(await reasonOf()).toContain('unusable_key');
    });

    it.each([
      [{ use: 'enc' }, 'unusable_key'],
      [{ alg: 'RS512' }, 'unusable_key'],
      [{ n: 'AQAB' }, 'bad_signature'],
    ])('refuses a key with %j', async (change, reason) => {
      keys = [{ ...tool.publicKey, ...change }];
      await startWithAddress('generic');
      expect(await reasonOf()).toEqual([401, 'invalid_client', reason]);
    });

    it('refuses the client while its key set cannot be reached', async () => {
      await startWithAddress('generic');
      await keySet.stop();
      expect(await reasonOf()).toEqual([401, 'invalid_client', 'unreachable_key_set']);
    });

    it('answers an HTML page and 404 when the key set cannot be reached, as Moodle does', async () => {
      await startWithAddress('moodle');
      await keySet.stop();
      const { status, type, body } = await ask();
      expect([status, type]).toEqual([404, 'text/html; charset=utf-8']);
      expect(body).toContain('<title>Error</title>');
    });
  });
});
