import { PlatformThrottled } from '../rate-limits/rate-limits.errors.js';
import { AccessToken } from './access-token.js';
import { failureOf } from './failure-backoff.js';
import { TokenRequestFailed, TokenRequestRefused } from './access-token.errors.js';

const NOW = new Date('2026-01-05T08:00:00Z');
const most = () => 1 - Number.EPSILON;
const least = () => 0;

function waitMs(
  error: TokenRequestRefused | TokenRequestFailed | PlatformThrottled,
  earlier = 0,
  random = most,
) {
  return failureOf(error, { now: NOW, earlier, random }).retryAt.getTime() - NOW.getTime();
}

describe('a failed token request', () => {
  const network = new TokenRequestFailed('It is down.');

  it('backs off for 1 s after the first failure of a token request, doubling to 60 s', () => {
    const waits = [0, 1, 2, 3, 4, 5, 6, 7, 50, 5000].map((earlier) => Math.round(waitMs(network, earlier)));
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000]);
  });

  it('retries up to a quarter earlier at random, so that processes do not retry at the same moment', () => {
    expect(waitMs(network, 0, least)).toBe(750);
    expect(waitMs(network, 20, least)).toBe(45_000);
    const waits = new Set(
      Array.from({ length: 20 }, () => failureOf(network, { now: NOW, earlier: 3 }).retryAt.getTime()),
    );
    expect(waits.size).toBeGreaterThan(1);
  });

  it('backs off for 30 s while a token is still usable, and no longer than that token lasts', () => {
    const waitBeside = (lifeMs: number) => {
      const expiresAt = new Date(NOW.getTime() + lifeMs);
      const present = new AccessToken({ value: 'present', scopes: [], issuedAt: NOW, expiresAt });
      return (
        failureOf(network, { now: NOW, earlier: 0, present, random: most }).retryAt.getTime() - NOW.getTime()
      );
    };
    expect([60_000, 35_000, 34_999, 5001].map(waitBeside)).toEqual([30_000, 30_000, 29_999, 1]);
    expect(Math.round(waitBeside(5000))).toBe(1000);
  });

  it('backs off for 60 s after each refusal by the platform, however many there were', () => {
    const refused = new TokenRequestRefused('No.', 'invalid_client');
    expect([0, 1, 9].map((earlier) => waitMs(refused, earlier))).toEqual([60_000, 60_000, 60_000]);
  });

  it('backs off for 5 min after the platform refused the scopes', () => {
    expect(waitMs(new TokenRequestRefused('No.', 'invalid_scope'))).toBe(300_000);
  });

  it.each([
    ['failure', new TokenRequestFailed('Down.', new Date(NOW.getTime() + 7000))],
    ['refusal', new TokenRequestRefused('No.', undefined, new Date(NOW.getTime() + 7000))],
    ['throttling', new PlatformThrottled(new URL('https://lms.example'), new Date(NOW.getTime() + 7000))],
  ])('backs off for as long as the platform asked: %s', (_, error) => {
    expect(waitMs(error, 4)).toBe(7000);
  });

  it('stores a failure as plain data that says what happened', () => {
    const failure = failureOf(new TokenRequestRefused('No such client.', 'invalid_client'), {
      now: NOW,
      earlier: 2,
    });
    const asStored: unknown = JSON.parse(JSON.stringify(failure));
    expect(asStored).toEqual({
      kind: 'refused',
      message: 'No such client.',
      platformError: 'invalid_client',
      retryAt: '2026-01-05T08:01:00.000Z',
      attempts: 3,
    });
    expect(failureOf(new TokenRequestRefused('', 'invalid_scope'), { now: NOW, earlier: 0 }).kind).toBe(
      'scope',
    );
    expect(failureOf(network, { now: NOW, earlier: 0 }).kind).toBe('failed');
  });
});
