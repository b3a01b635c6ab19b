import { decodeJwt, decodeProtectedHeader } from 'jose';
import { randomUUID } from 'node:crypto';
import { PlatformHttpService } from '../../src/platform-http/platform-http.service.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { familyNames, SimulatedPlatform } from '../../src/testing/index.js';
import { type AccessToken } from '../../src/access-tokens/access-token.js';
import { startAppTokenScene } from '../support/app-token-scene.js';
import { type LtiTestApp } from '../support/lti-app.js';
import { type LoopbackHandler, LoopbackServer, type ReceivedRequest } from '../support/loopback-server.js';
import { registrationFixture } from '../support/registration-fixture.js';
import { type TokenScene } from '../support/token-scene.js';

describe('the assertion of a token request', () => {
  let lti: LtiTestApp;
  let scene: TokenScene;

  beforeAll(async () => {
    ({ lti, scene } = await startAppTokenScene());
  });
  afterEach(() => scene.clear());
  afterAll(() => scene.stop());

  it.each(familyNames)(
    'is accepted by a strict platform of the %s family, which fetches our live key set',
    async (family) => {
      const campus = await scene.campus({ family });
      const client = await campus.authenticate();
      await client.forceRefresh();
      const { tokensIssued, rejected, jwksFetches } = campus.lms.counts;
      expect([tokensIssued, rejected]).toEqual([2, {}]);
      expect(jwksFetches).toBe(1);
    },
  );

  it.each(['canvas', 'moodle'] as const)(
    'gets another iat for a platform of the %s family whose clock is too far behind',
    async (family) => {
      const clock = new FakeClock(new Date(scene.clock.nowMs() - 120_000));
      const lms = await SimulatedPlatform.start({ family, clock });
      const clientId = randomUUID();
      scene.introduce(lms, clientId);
      await (await scene.registered(lms, clientId)).authenticate();
      await lms.stop();
      expect(lms.counts).toMatchObject({ tokensIssued: 1, rejected: { issued_in_future: 1 } });
    },
  );

  describe('as the platform sees it', () => {
    let platform: LoopbackServer;
    let id: string;
    let tokenAudience: string | null;
    let answerAs: LoopbackHandler;

    beforeEach(async () => {
      [id, tokenAudience] = [randomUUID(), null];
      answerAs = (response, _, nth) => response.end(`{"access_token":"token-${nth}"}`);
      platform = await LoopbackServer.start((...exchange) => answerAs(...exchange));
    });
    afterEach(() => platform.stop());

    const ask = (): Promise<AccessToken> =>
      scene.tokens.forceRefresh({
        registration: registrationFixture({ id, tokenUrl: platform.url('/token?tool=1'), tokenAudience }),
        needed: [],
        onRequest: () => undefined,
      });

    function assertionIn({ body }: ReceivedRequest): string {
      return new URLSearchParams(body).get('client_assertion') ?? '';
    }

    it('is sent in the form that the specification requires', async () => {
      await ask();
      const [{ method, url, headers, body }] = platform.requests as [ReceivedRequest];
      expect([method, url, headers['content-type']]).toEqual([
        'POST',
        '/token?tool=1',
        'application/x-www-form-urlencoded',
      ]);
      const { client_assertion: _, scope, ...form } = Object.fromEntries(new URLSearchParams(body));
      expect(form).toEqual({
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      });
      expect(scope?.split(' ')).toHaveLength(5);
    });

    it('has our issuer, an iat 30 s in the past, a life of 5 min, and the kid of our published key', async () => {
      scene.clock.advance(123);
      await ask();
      const assertion = assertionIn(platform.requests[0]!);
      const now = Math.floor(scene.clock.now().getTime() / 1000);
      const { jti, ...claims } = decodeJwt(assertion);
      expect(claims).toEqual({
        iss: 'our-client-id',
        sub: 'our-client-id',
        aud: platform.url('/token?tool=1'),
        iat: now - 30,
        exp: now + 270,
      });
      expect(Number.isInteger(claims.iat)).toBe(true);
      expect(jti).toMatch(/^[\da-f-]{36}$/);
      const published = (await (await fetch(lti.jwksUrl)).json()) as { keys: { kid: string }[] };
      expect(decodeProtectedHeader(assertion)).toMatchObject({ alg: 'RS256', kid: published.keys[0]?.kid });
    });

    it('has the registered audience if there is one', async () => {
      tokenAudience = 'https://api.lms.example/auth/token';
      await ask();
      expect(decodeJwt(assertionIn(platform.requests[0]!)).aud).toBe(tokenAudience);
    });

    it('is signed again for every attempt', async () => {
      for (let attempt = 0; attempt < 3; attempt += 1) await ask();
      const ids = platform.requests.map((request) => decodeJwt(assertionIn(request)).jti);
      expect(new Set(ids).size).toBe(3);
    });

    describe('of a platform whose clock differs', () => {
      const MINUTE_MS = 60_000;
      const answering = (status: number, aheadMs: number): void => {
        answerAs = (response, _, nth) => {
          response.setHeader('date', new Date(scene.clock.now().getTime() + aheadMs).toUTCString());
          response.writeHead(nth === 1 ? status : 200).end(`{"access_token":"token-${nth}"}`);
        };
      };
      const claimsOf = (request: ReceivedRequest) => decodeJwt(assertionIn(request));

      it.each([5 * MINUTE_MS, -5 * MINUTE_MS])(
        'by %i ms, gets an iat by that clock after a refusal',
        async (ms) => {
          answering(401, ms);
          const { issuedAt } = await ask();
          expect(issuedAt).toEqual(scene.clock.now());
          await ask();
          const platformNow = Math.floor((scene.clock.now().getTime() + ms) / 1000);
          const [first, ...later] = platform.requests.map(claimsOf);
          expect(first?.iat).toBe(Math.floor(scene.clock.now().getTime() / 1000) - 30);
          for (const claims of later) {
            expect(claims).toMatchObject({ iat: platformNow - 30, exp: platformNow + 270 });
          }
          expect(new Set([first, ...later].map((claims) => claims?.jti)).size).toBe(3);
        },
      );

      it('is asked twice within the time-out of one request, so that no caller waits longer', async () => {
        answering(401, 5 * MINUTE_MS);
        const answer = answerAs;
        answerAs = (...request) => {
          scene.clock.advance(4000);
          answer(...request);
        };
        const send = jest.spyOn(PlatformHttpService.prototype, 'send');
        await ask();
        expect(send.mock.calls.map(([{ timeoutMs }]) => timeoutMs)).toEqual([10_000, 6000]);
        send.mockRestore();
      });

      it.each([
        ['is off by a day', 401, 24 * 60 * MINUTE_MS],
        ['is right', 401, 0],
        ['has nothing to do with it', 503, 5 * MINUTE_MS],
      ])('but %s: the assertion is not sent again', async (_, status, ms) => {
        answering(status, ms);
        await expect(ask()).rejects.toThrow();
        expect(platform.requests).toHaveLength(1);
      });
    });
  });
});
