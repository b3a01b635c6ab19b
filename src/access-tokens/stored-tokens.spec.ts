import { type RenewalFailure, type StoredTokenInfo } from './stores/token-store.js';
import { tokenStateOf } from './stored-tokens.js';

const NOW = new Date('2026-01-05T08:00:00Z');
const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
const token = (age: number, left: number): StoredTokenInfo => ({
  scopes: ['a'],
  issuedAt: at(-age),
  expiresAt: at(left),
  hash: 'h',
});
const failure: RenewalFailure = { kind: 'failed', message: 'm', retryAt: at(1), attempts: 1 };
const lease = { holder: 'host:1' };

describe('the state of a stored token', () => {
  it.each([
    ['fresh', 'well before its end', { token: token(0, 3600) }],
    ['fresh', 'just before its margin', { token: token(3539, 61) }],
    ['expired', 'within its margin', { token: token(3540, 60) }],
    ['fresh', 'before the fifth of a short life', { token: token(23, 7) }],
    ['expired', 'past its end', { token: token(60, -1) }],
    [
      'fresh',
      'within its margin and given again',
      { token: { ...token(3540, 60), repeated: true as const } },
    ],
    ['fresh', 'usable although its early renewal failed', { token: token(3000, 600), failure }],
    ['failing', 'over and its renewal failed', { token: token(3600, 0), failure }],
    ['failing', 'missing and was refused', { failure }],
    ['renewing', 'asked for', { lease }],
    ['renewing', 'asked for once more', { token: token(3600, 0), failure, lease }],
    ['none', 'of nothing', {}],
  ])('reports a stored token as %s when it is %s', (state, _, info) => {
    expect(tokenStateOf(info, NOW, 60_000)).toBe(state);
  });
});
