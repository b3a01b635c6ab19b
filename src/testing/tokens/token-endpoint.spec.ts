import { generateSecret, SignJWT } from 'jose';
import { FakeClock } from '../fake-clock.js';
import { type FamilyName } from '../families/family.js';
import { nrpsScope } from '../service-constants.js';
import { type AssertionChanges, SigningTool } from '../../../test/support/signing-tool.js';
import { SimulatedPlatform } from '../simulated-platform.js';

const scoreScope = 'https://purl.imsglobal.org/spec/lti-ags/scope/score';

describe('TokenEndpoint', () => {
  const clock = new FakeClock();
  let tool: SigningTool;
  let lms: SimulatedPlatform;

  beforeAll(async () => {
    tool = await SigningTool.create();
  });
  afterEach(() => lms.stop());

  async function start(family: FamilyName, scopes?: string[]): Promise<void> {
    lms = await SimulatedPlatform.start({ family, clock });
    lms.addTool({ clientId: tool.clientId, jwks: tool.jwks, ...(scopes === undefined ? {} : { scopes }) });
  }

  const nowSeconds = () => clock.now().getTime() / 1000;
  const assertion = (changes?: AssertionChanges) => tool.assertion(lms, nowSeconds(), changes);

  type Request = [changes?: AssertionChanges, form?: Record<string, string | undefined>];
  const ask = (...request: Request) => tool.ask(lms, nowSeconds(), ...request);
  const reasonOf = (...request: Request) => tool.reasonOf(lms, nowSeconds(), ...request);

  describe('of the generic family', () => {
    beforeEach(() => start('generic'));

    it('grants a bearer token with the scopes that were asked for', async () => {
      const { status, type, body } = await ask(undefined, { scope: `${nrpsScope} ${scoreScope}` });
      expect([status, type]).toEqual([200, 'application/json; charset=utf-8']);
      expect(JSON.parse(body)).toEqual({
        access_token: lms.issuedTokens[0]?.accessToken,
        token_type: 'Bearer',
        expires_in: 3600,
        scope: `${nrpsScope} ${scoreScope}`,
      });
      expect(lms.counts).toMatchObject({ tokenRequests: 1, tokensIssued: 1, rejected: {} });
    });

    it('records which tool got which token, and until when', async () => {
      await ask(undefined, { scope: nrpsScope });
      expect(lms.issuedTokens).toEqual([
        {
          accessToken: expect.stringMatching(/^[\w-]{43}$/),
          clientId: tool.clientId,
          scopes: [nrpsScope],
          issuedAt: clock.now(),
          expiresAt: new Date(clock.now().getTime() + 3_600_000),
        },
      ]);
    });

    it('accepts an audience list that contains its token URL', async () => {
      expect((await ask({ claims: { aud: ['https://elsewhere.example', lms.tokenUrl] } })).status).toBe(200);
    });

    it.each<[string, string, AssertionChanges]>([
      ['of another client', 'unknown_client', { claims: { iss: 'tool-2', sub: 'tool-2' } }],
      ['without a kid', 'missing_key_id', { header: { kid: undefined } }],
      ['with a kid that is not in the key set', 'unknown_key', { header: { kid: 'key-2' } }],
      ['signed with another RSA algorithm', 'wrong_algorithm', { header: { alg: 'PS256' } }],
      ['whose iss is not its sub', 'subject_mismatch', { claims: { iss: 'https://tool.example' } }],
      ['for another audience', 'wrong_audience', { claims: { aud: 'https://elsewhere.example/token' } }],
      ['for a list of other audiences', 'wrong_audience', { claims: { aud: ['https://a.example', 'http'] } }],
      ['without an audience', 'missing_claim', { claims: { aud: undefined } }],
      ['without exp', 'missing_claim', { claims: { exp: undefined } }],
      ['without iat', 'missing_claim', { claims: { iat: undefined } }],
      ['without jti', 'missing_claim', { claims: { jti: undefined } }],
      ['with an empty jti', 'missing_claim', { claims: { jti: '' } }],
      ['with a text for exp', 'missing_claim', { claims: { exp: '9999999999' } }],
      ['with milliseconds for exp', 'missing_claim', { claims: { exp: 1_767_600_000_000 } }],
    ])('refuses an assertion %s', async (_, reason, changes) => {
      // PS256 needs a key of its own, which is checked after the algorithm.
      const signed = changes.header?.alg === 'PS256' ? await forgedHeader('PS256') : await assertion(changes);
      const response = await tool.post(lms, signed);
      expect([response.status, ((await response.json()) as { error: string }).error]).toEqual([
        401,
        'invalid_client',
      ]);
      expect(lms.counts.rejected).toEqual({ [reason]: 1 });
      expect(lms.counts.tokensIssued).toBe(0);
    });

    async function forgedHeader(alg: string): Promise<string> {
      const [, payload, signature] = (await assertion()).split('.');
      const header = Buffer.from(JSON.stringify({ alg, kid: 'key-1' })).toString('base64url');
      return [header, payload, signature].join('.');
    }

    it.each(['none', 'HS256', 'RS512'])('refuses the algorithm %s', async (alg) => {
      const response = await tool.post(lms, await forgedHeader(alg));
      expect([response.status, lms.counts.rejected]).toEqual([401, { wrong_algorithm: 1 }]);
    });

    it('refuses an HMAC with a public key', async () => {
      const forged = await new SignJWT({ sub: tool.clientId })
        .setProtectedHeader({ alg: 'HS256', kid: 'key-1' })
        .sign(await generateSecret('HS256'));
      await tool.post(lms, forged);
      expect(lms.counts.rejected).toEqual({ wrong_algorithm: 1 });
    });

    it('refuses the signature of another key with the same id', async () => {
      const impostor = await SigningTool.create('key-1');
      await tool.post(lms, await impostor.assertion(lms, nowSeconds()));
      expect(lms.counts.rejected).toEqual({ bad_signature: 1 });
    });

    it('refuses an assertion in the second in which it expires', async () => {
      expect(await reasonOf({ claims: { exp: nowSeconds() } })).toEqual([
        401,
        'invalid_client',
        'expired_assertion',
      ]);
    });

    it('refuses an assertion issued one second in the future', async () => {
      expect(await reasonOf({ claims: { iat: nowSeconds() + 1 } })).toEqual([
        401,
        'invalid_client',
        'issued_in_future',
      ]);
    });

    it('refuses an assertion that lives for more than an hour', async () => {
      const now = nowSeconds();
      expect((await ask({ claims: { iat: now, exp: now + 3600 } })).status).toBe(200);
      expect(await reasonOf({ claims: { iat: now, exp: now + 3601 } })).toContain('lives_too_long');
    });

    it('refuses an assertion that was used before', async () => {
      const signed = await assertion();
      expect((await tool.post(lms, signed)).status).toBe(200);
      expect((await tool.post(lms, signed)).status).toBe(401);
      expect(lms.counts.rejected).toEqual({ replayed_assertion: 1 });
    });

    it('does not store the jti of an assertion that it refuses', async () => {
      const jti = 'the-same';
      await ask({ claims: { jti, aud: 'https://elsewhere.example' } });
      expect((await ask({ claims: { jti } })).status).toBe(200);
    });

    it.each<[string, number, string, string, Record<string, string | undefined>]>([
      ['another grant', 400, 'unsupported_grant_type', 'unsupported_grant_type', { grant_type: 'password' }],
      ['no grant', 400, 'invalid_request', 'missing_parameter', { grant_type: undefined }],
      [
        'another assertion type',
        400,
        'invalid_request',
        'wrong_assertion_type',
        { client_assertion_type: 'jwt' },
      ],
      ['no assertion', 400, 'invalid_request', 'missing_parameter', { client_assertion: undefined }],
      ['what is no JWT', 401, 'invalid_client', 'malformed_assertion', { client_assertion: 'garbage' }],
      ['no scope', 400, 'invalid_scope', 'missing_scope', { scope: undefined }],
      ['only unknown scopes', 400, 'invalid_scope', 'invalid_scope', { scope: 'a b' }],
    ])('refuses a request with %s', async (_, status, error, reason, form) => {
      expect(await reasonOf(undefined, form)).toEqual([status, error, reason]);
    });

    it('refuses a parameter that is given twice', async () => {
      const body = new URLSearchParams([
        ['grant_type', 'client_credentials'],
        ['grant_type', 'client_credentials'],
      ]);
      const response = await fetch(lms.tokenUrl, { method: 'POST', body });
      expect([response.status, lms.counts.rejected]).toEqual([400, { repeated_parameter: 1 }]);
    });

    it('refuses JSON and GET', async () => {
      const asJson = await fetch(lms.tokenUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      });
      const get = await fetch(lms.tokenUrl);
      expect([asJson.status, get.status, get.headers.get('allow')]).toEqual([400, 405, 'POST']);
      expect(lms.counts.rejected).toEqual({ wrong_content_type: 1, wrong_method: 1 });
    });

    it('grants no scopes that the tool was not registered with', async () => {
      const { body } = await ask(undefined, { scope: `${nrpsScope} https://example.edu/other` });
      expect(JSON.parse(body)).toMatchObject({ scope: nrpsScope });
    });
  });
});
