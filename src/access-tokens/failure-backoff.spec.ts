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

  it('is left alone for 1 s, doubling to 60 s', () => {
    const waits = [0, 1, 2, 3, 4, 5, 6, 7, 50, 5000].map((earlier) => Math.round(waitMs(network, earlier)));
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000]);
  });

  it('comes back up to a quarter earlier by chance, so that processes do not come together', () => {
    expect(waitMs(network, 0, least)).toBe(750);
    expect(waitMs(network, 20, least)).toBe(45_000);
    const waits = new Set(
      Array.from({ length: 20 }, () => failureOf(network, { now: NOW, earlier: 3 }).retryAt.getTime()),
    );
    expect(waits.size).toBeGreaterThan(1);
  });

  it('is left alone for 30 s while a token still serves, and no longer than it does', () => {
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

  it('is left alone for 60 s when the platform said no, however often', () => {
    const refused = new TokenRequestRefused('No.', 'invalid_client');
    expect([0, 1, 9].map((earlier) => waitMs(refused, earlier))).toEqual([60_000, 60_000, 60_000]);
  });

  it('is left alone for 5 min when the platform said no to the scopes', () => {
    expect(waitMs(new TokenRequestRefused('No.', 'invalid_scope'))).toBe(300_000);
  });

  it.each([
    ['failure', new TokenRequestFailed('Down.', new Date(NOW.getTime() + 7000))],
    ['refusal', new TokenRequestRefused('No.', undefined, new Date(NOW.getTime() + 7000))],
    ['throttling', new PlatformThrottled(new URL('https://lms.example'), new Date(NOW.getTime() + 7000))],
  ])('is left alone for as long as the platform asked for: %s', (_, error) => {
    expect(waitMs(error, 4)).toBe(7000);
  });

  it('is kept as plain data that says what happened', () => {
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
