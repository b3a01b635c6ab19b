import { inspect } from 'node:util';
import { AccessToken, earlyRenewalMs, servesUntilMs, AccessTokenKey } from './access-token.js';

const ISSUED_AT = new Date('2026-01-05T08:00:00Z');
const MARGIN_MS = 60_000;

function after(seconds: number): Date {
  return new Date(ISSUED_AT.getTime() + seconds * 1000);
}

function tokenOf(lifeSeconds: number, scopes = ['a', 'b']): AccessToken {
  return new AccessToken({
    value: 'very-secret',
    scopes,
    issuedAt: ISSUED_AT,
    expiresAt: after(lifeSeconds),
  });
}

describe('AccessToken', () => {
  it.each([
    { life: 3600, freshFor: 3540 },
    { life: 300, freshFor: 240 },
    { life: 299, freshFor: 239.2 },
    { life: 30, freshFor: 24 },
    { life: 5, freshFor: 4 },
  ])('keeps a token that lives $life s fresh for $freshFor s', ({ life, freshFor }) => {
    const token = tokenOf(life);
    expect(token.isExpired(after(freshFor - 0.001), MARGIN_MS)).toBe(false);
    expect(token.isExpired(after(freshFor), MARGIN_MS)).toBe(true);
  });

  it('keeps a token fresh to its end when no margin is asked for', () => {
    expect(tokenOf(3600).isExpired(after(3599.999), 0)).toBe(false);
    expect(tokenOf(3600).isExpired(after(3600), 0)).toBe(true);
  });

  it('gives the age of a token', () => {
    expect(tokenOf(3600).ageMs(after(90))).toBe(90_000);
  });

  it('has exactly the scopes that were granted', () => {
    const token = tokenOf(3600, ['b', 'a', 'b']);
    expect(token.scopes).toEqual(['a', 'b']);
    expect([token.hasScopes(['a']), token.hasScopes(['b', 'a']), token.hasScopes([])]).toEqual([
      true,
      true,
      true,
    ]);
    expect([token.hasScopes(['c']), token.hasScopes(['a', 'c'])]).toEqual([false, false]);
  });

  it('identifies a token by the hash of its value alone', () => {
    expect(tokenOf(30).hash).toBe(tokenOf(3600).hash);
    const { scopes, issuedAt, expiresAt } = tokenOf(30);
    const another = new AccessToken({ value: 'another', scopes, issuedAt, expiresAt });
    expect(another.hash).not.toBe(tokenOf(30).hash);
  });

  it('does not show the value of a token in JSON or when it is inspected', () => {
    const token = tokenOf(3600);
    const shown = [
      JSON.stringify({ token }),
      inspect(token),
      inspect({ deep: { in: { an: { object: token } } } }, { depth: Infinity, showHidden: true }),
      JSON.stringify(new Map([['token', token]]).get('token')),
    ];
    expect(shown.join('\n')).not.toContain('very-secret');
    expect(shown[0]).toContain(token.expiresAt.toISOString());
  });
});

const secondsAfter = (ms: number): number => (ms - ISSUED_AT.getTime()) / 1000;

describe('early renewal', () => {
  it.each([
    { life: 36_000, from: 35_640, to: 35_790 },
    { life: 3600, from: 3240, to: 3390 },
    { life: 300, from: 180, to: 210 },
    { life: 30, from: 18, to: 21 },
    { life: 5, from: 3, to: 3.5 },
  ])('starts the early renewal of a token of $life s between $from s and $to s', ({ life, from, to }) => {
    const token = tokenOf(life);
    const begins = [0, 0.5, 1].map((random) => secondsAfter(earlyRenewalMs(token, MARGIN_MS, random)));
    expect(begins).toEqual([from, (from + to) / 2, to]);
  });

  it('never starts the early renewal of a token that the platform returns a second time', () => {
    expect(earlyRenewalMs(tokenOf(3600).with({ repeated: true }), MARGIN_MS, 0)).toBe(Infinity);
  });
});

it('serves a token until 5 s before its end when no newer one can be had', () => {
  expect(secondsAfter(servesUntilMs(tokenOf(3600)))).toBe(3595);
});

describe('AccessTokenKey', () => {
  it('gives permuted and repeated scopes the same key', () => {
    const key = new AccessTokenKey('r', 1, ['b', 'a']);
    expect(key.id).toBe(new AccessTokenKey('r', 1, ['a', 'b']).id);
    expect(key.id).toBe(new AccessTokenKey('r', 1, ['a', 'b', 'a']).id);
    expect(key.scopes).toEqual(['a', 'b']);
  });

  it('does not change the list of scopes that it was given', () => {
    const scopes = ['b', 'a'];
    new AccessTokenKey('r', 1, scopes);
    expect(scopes).toEqual(['b', 'a']);
  });

  it.each([
    ['registration', new AccessTokenKey('q', 1, ['a', 'b'])],
    ['revision', new AccessTokenKey('r', 2, ['a', 'b'])],
    ['scope set', new AccessTokenKey('r', 1, ['a'])],
    [
      'cut between two scopes',
      new AccessTokenKey(
        'r',
        1,
        ['a b'].flatMap((scope) => [scope, 'c']),
      ),
    ],
    ['empty scope set', new AccessTokenKey('r', 1, [])],
    ['deployment', new AccessTokenKey('r', 1, ['a', 'b'], '1')],
  ])('gives another key for another %s', (_, other) => {
    expect(other.id).not.toBe(new AccessTokenKey('r', 1, ['a', 'b']).id);
  });

  it('starts the key with the registration id and puts no spaces into it', () => {
    expect(new AccessTokenKey('r', 7, ['https://scope.example/a b']).id).toMatch(/^r:7:[\w-]{22}$/);
  });
});
