import { type ToolKey } from './tool-key.entity.js';
import { statesOf } from './tool-key-state.js';

const HOUR = 3_600_000;
const at = (hours: number) => new Date(Date.UTC(2026, 0, 1) + hours * HOUR);
const key = (kid: string, signsFrom: number, fields: Partial<ToolKey> = {}): ToolKey => ({
  kid,
  algorithm: 'RS256',
  publicJwk: {},
  encryptedPrivateKey: 'encrypted',
  createdAt: at(signsFrom - 24),
  signsFrom: at(signsFrom),
  revokedAt: null,
  ...fields,
});
const states = (keys: ToolKey[], hours: number) =>
  Object.fromEntries(statesOf(keys, at(hours), 24 * HOUR).map(({ key: { kid }, state }) => [kid, state]));

describe('the states of signing keys', () => {
  const rotated = [key('old', 0), key('new', 100)];

  it.each([
    [99, { old: 'active', new: 'next' }],
    [100, { old: 'retiring', new: 'active' }],
    [123, { old: 'retiring', new: 'active' }],
    [124, { old: 'retired', new: 'active' }],
  ])('follow from the time alone: at hour %d they are %j', (hours, expected) => {
    expect(states(rotated, hours)).toEqual(expected);
  });

  it('tell when the old key leaves the key set, and have no such time for the newest', () => {
    expect(statesOf(rotated, at(99), 24 * HOUR).map(({ publishedUntil }) => publishedUntil)).toEqual([
      at(124),
      null,
    ]);
  });

  it('are counted for each algorithm by itself', () => {
    expect(states([...rotated, key('ec', 50, { algorithm: 'ES256' })], 99)).toEqual({
      old: 'active',
      new: 'next',
      ec: 'active',
    });
  });

  it('leave out a revoked key: the one that took its place is active, the one before it stays retiring', () => {
    const keys = [key('old', 0), key('leaked', 100, { revokedAt: at(110) }), key('new', 110)];
    expect(states(keys, 111)).toEqual({ old: 'retiring', leaked: 'revoked', new: 'active' });
  });

  it('have an active key even when the clock was set back before the first one', () => {
    expect(states(rotated, -5)).toEqual({ old: 'active', new: 'next' });
  });
});
