import { type Dispatcher } from 'undici';
import { SystemClock } from '../src/common/clock.js';
import { VERSION } from '../src/common/version.js';
import { OAuthService } from '../src/access-tokens/oauth.service.js';
import { PlatformHttpService } from '../src/platform-http/platform-http.service.js';
import { AccessToken } from '../src/access-tokens/access-token.js';
import { composeGrades } from '../test/support/grade-scene.js';
import { composeOAuth } from '../test/support/oauth-composition.js';
import { registrationFixture } from '../test/support/registration-fixture.js';
import { createSigningKeys } from '../test/support/signing-keys.js';

const HOUR_MS = 3_600_000;
const COURSE = '/courses/2/lineitems';
const LINE_ITEM = `${COURSE}/3/lineitem`;

/** `GradeService.postScore`, and the request that it sends. */
export interface ScoreBenchParts {
  postScore(): Promise<void>;
  /** The same request for undici. */
  request: Dispatcher.RequestOptions & { origin: string };
  stop(): Promise<void>;
}

/** @param origin of a platform that accepts scores; no token is requested there */
export async function scoreBenchParts(origin: string, inFlight: number): Promise<ScoreBenchParts> {
  const clock = new SystemClock();
  const { tokens, refusedCalls, stop } = composeOAuth(await createSigningKeys(), clock);
  const http = new PlatformHttpService(
    { allowPrivateNetworks: true, concurrencyPerPlatform: inFlight },
    clock,
  );
  const registration = registrationFixture({ tokenUrl: `${origin}/token` });
  const token = tokenOfAnHour(clock.now(), registration.scopes);
  const client = new OAuthService(tokens, refusedCalls, http, clock).fromAccessToken(token, {
    registration,
    endpoints: { lineItems: `${origin}${COURSE}` },
  });
  const grades = composeGrades(clock);
  const score = { userId: 'b8c7f0f4-3a5e-4d0f-9d0f-0f6a6f1b2c3d', scoreGiven: 17, scoreMaximum: 20 };
  const progress = { activityProgress: 'Completed', gradingProgress: 'FullyGraded' };
  return {
    postScore: () => grades.postScore(client, `${origin}${LINE_ITEM}`, score),
    request: {
      origin,
      path: `${LINE_ITEM}/scores`,
      method: 'POST',
      headers: {
        'user-agent': `nest-lti/${VERSION} (+https://www.npmjs.com/package/nest-lti)`,
        'accept-encoding': 'gzip',
        'content-type': 'application/vnd.ims.lis.v1.score+json',
        authorization: `Bearer ${token.value}`,
      },
      body: JSON.stringify({ ...score, timestamp: clock.now().toISOString(), ...progress }),
    },
    stop: async () => {
      await http.onApplicationShutdown();
      await stop();
    },
  };
}

function tokenOfAnHour(issuedAt: Date, scopes: readonly string[]): AccessToken {
  const expiresAt = new Date(issuedAt.getTime() + HOUR_MS);
  return new AccessToken({ value: 'x'.repeat(43), scopes, issuedAt, expiresAt });
}
