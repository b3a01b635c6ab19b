import { FakeClock } from '../fake-clock.js';
import { type FamilyName } from '../families/family.js';
import { allScopes, nrpsScope } from '../service-constants.js';
import { type AssertionChanges, SigningTool } from '../../../test/support/signing-tool.js';
import { SimulatedPlatform } from '../simulated-platform.js';

const scoreScope = 'https://purl.imsglobal.org/spec/lti-ags/scope/score';

describe('the families of the TokenEndpoint', () => {
  const clock = new FakeClock();
  let tool: SigningTool;
  let lms: SimulatedPlatform;

  beforeAll(async () => {
    tool = await SigningTool.create();
  });
  afterEach(() => lms.stop());

  async function start(family: FamilyName, scopes?: string[]): Promise<void> {
    lms = await SimulatedPlatform.start({ family, clock, throttles: false });
    lms.addTool({ clientId: tool.clientId, jwks: tool.jwks, ...(scopes === undefined ? {} : { scopes }) });
  }

  const nowSeconds = () => clock.now().getTime() / 1000;

  type Request = [changes?: AssertionChanges, form?: Record<string, string | undefined>];
  const ask = (...request: Request) => tool.ask(lms, nowSeconds(), ...request);
  const reasonOf = (...request: Request) => tool.reasonOf(lms, nowSeconds(), ...request);

  describe('of the moodle family', () => {
    beforeEach(() => start('moodle'));

    it('grants a token as it was recorded: hexadecimal, and as text/html', async () => {
      const { status, type, body } = await ask(undefined, {
        scope: `${scoreScope} https://example.edu/unknown`,
      });
      expect([status, type]).toEqual([200, 'text/html; charset=utf-8']);
      expect(body.replace(/[\da-f]{32}/, '908974cad39751955dea7fac7e1fcb97')).toBe(
        '{\n  "access_token" : "908974cad39751955dea7fac7e1fcb97",\n  "token_type" : "Bearer",\n' +
          `  "expires_in" : 3600,\n  "scope" : "${scoreScope}"\n}`,
      );
    });

    it.each<[string, string, AssertionChanges | undefined, Record<string, string> | undefined]>([
      ['only unknown scopes', 'invalid_scope', undefined, { scope: 'https://example.edu/unknown' }],
      ['an expired assertion', 'Expired token', { claims: { exp: 1 } }, undefined],
      ['an unknown client', 'invalid_client', { claims: { sub: 'nobody' } }, undefined],
      ['a garbage assertion', 'invalid_request', undefined, { client_assertion: 'garbage' }],
      ['another grant', 'unsupported_grant_type', undefined, { grant_type: 'password' }],
    ])('refuses %s as it was recorded', async (_, error, changes, form) => {
      expect(await ask(changes, form)).toEqual({
        status: 400,
        type: 'text/html; charset=utf-8',
        body: `{\n  "error" : "${error}"\n}`,
      });
    });

    it('allows no leeway for iat, and answers as it was recorded', async () => {
      const { status, body } = await ask({ claims: { iat: nowSeconds() + 1 } });
      expect([status, body]).toEqual([
        400,
        '{\n  "error" : "Cannot handle token with iat prior to 2026-01-05T08:00:01+0000"\n}',
      ]);
    });

    it('refuses a bad signature as it was recorded', async () => {
      const impostor = await SigningTool.create('key-1');
      const response = await tool.post(lms, await impostor.assertion(lms, nowSeconds()));
      expect(await response.text()).toBe('{\n  "error" : "Signature verification failed"\n}');
    });

    it('answers broken JSON to an unknown kid', async () => {
      const { status, body } = await ask({ header: { kid: 'key-2' } });
      expect(status).toBe(400);
      expect(body).toContain('"error" : ""kid" invalid,');
      expect(() => JSON.parse(body) as unknown).toThrow(SyntaxError);
    });
  });

  describe.each<FamilyName>(['canvas', 'sakai'])('of the %s family', (family) => {
    it('refuses the whole request for one scope that the tool may not have', async () => {
      await start(family, [nrpsScope]);
      expect(await reasonOf(undefined, { scope: allScopes.join(' ') })).toEqual([
        400,
        'invalid_scope',
        'invalid_scope',
      ]);
      expect((await ask(undefined, { scope: nrpsScope })).status).toBe(200);
    });

    it('accepts an iat that is slightly in the future', async () => {
      await start(family);
      const leeway = family === 'canvas' ? 30 : 60;
      expect((await ask({ claims: { iat: nowSeconds() + leeway } })).status).toBe(200);
      expect(await reasonOf({ claims: { iat: nowSeconds() + leeway + 1 } })).toContain('issued_in_future');
    });
  });

  it('requires exactly the token URL of the canvas family as the audience, and an iat of the last five minutes', async () => {
    await start('canvas');
    for (const aud of [lms.url, lms.issuer, `${lms.tokenUrl}/`, lms.tokenUrl.replace('/login', '//login')]) {
      expect(await reasonOf({ claims: { aud } })).toEqual([400, 'invalid_request', 'wrong_audience']);
    }
    expect((await ask({ claims: { iat: nowSeconds() - 300 } })).status).toBe(200);
    expect(await reasonOf({ claims: { iat: nowSeconds() - 301 } })).toContain('issued_too_long_ago');
  });

  it('has one issuer for every Canvas', async () => {
    await start('canvas');
    expect(lms.issuer).toBe('https://canvas.instructure.com');
  });

  it('answers bearer in lower case in the openedx family, and invalid_grant to an expired assertion', async () => {
    await start('openedx');
    expect(JSON.parse((await ask()).body)).toMatchObject({ token_type: 'bearer' });
    expect(await reasonOf({ claims: { exp: 1 } })).toEqual([400, 'invalid_grant', 'expired_assertion']);
  });

  it('requires an audience that is not the token URL in the brightspace family', async () => {
    await start('brightspace');
    expect(lms.tokenAudience).not.toBe(lms.tokenUrl);
    expect((await ask()).status).toBe(200);
    expect(await reasonOf({ claims: { aud: lms.tokenUrl } })).toContain('wrong_audience');
  });
});
