import { AccessToken } from './access-token.js';
import { earlyRenewalMs, servesUntilMs } from './token-life.js';

const ISSUED_AT = new Date('2026-01-05T08:00:00Z');
const MAX_MARGIN_MS = 60_000;

const tokenOf = (lifeSeconds: number): AccessToken =>
  new AccessToken({
    value: 'secret',
    scopes: [],
    issuedAt: ISSUED_AT,
    expiresAt: new Date(ISSUED_AT.getTime() + lifeSeconds * 1000),
  });
const secondsAfter = (ms: number): number => (ms - ISSUED_AT.getTime()) / 1000;

describe('early renewal', () => {
  it.each([
    { life: 36_000, from: 35_640, to: 35_790 },
    { life: 3600, from: 3240, to: 3390 },
    { life: 300, from: 180, to: 210 },
    { life: 30, from: 18, to: 21 },
    { life: 5, from: 3, to: 3.5 },
  ])('of a token of $life s begins between $from s and $to s', ({ life, from, to }) => {
    const token = tokenOf(life);
    const begins = [0, 0.5, 1].map((random) => secondsAfter(earlyRenewalMs(token, MAX_MARGIN_MS, random)));
    expect(begins).toEqual([from, (from + to) / 2, to]);
  });

  it('never begins for a token that the platform gives again', () => {
    expect(earlyRenewalMs(tokenOf(3600).with({ repeated: true }), MAX_MARGIN_MS, 0)).toBe(Infinity);
  });
});

it('a token serves until 5 s before its end where no newer one is to be had', () => {
  expect(secondsAfter(servesUntilMs(tokenOf(3600)))).toBe(3595);
});
