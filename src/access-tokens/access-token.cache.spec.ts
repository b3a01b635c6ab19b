import { composeOAuth } from '../../test/support/oauth-composition.js';
import { registrationFixture } from '../../test/support/registration-fixture.js';
import { type SigningKeys } from '../../test/support/signing-keys.js';
import { type Registration } from '../registrations/registration.entity.js';
import { FakeClock } from '../testing/fake-clock.js';
import { AccessToken, AccessTokenKey } from './access-token.js';
import { type AccessTokenCache } from './access-token.cache.js';

const OTHER_ID = '0198a000-0000-7000-8000-000000000002';

describe('the access tokens in the memory of a process', () => {
  let clock: FakeClock;
  let cache: AccessTokenCache;
  let stop: () => Promise<void>;
  beforeEach(() => {
    clock = new FakeClock();
    // No token is requested, so nothing is signed.
    ({ cache, stop } = composeOAuth({} as SigningKeys, clock));
  });
  afterEach(() => stop());

  const registrationWith = (fields: Partial<Registration> = {}): Registration =>
    registrationFixture({ tokenUrl: 'https://lms.example.edu/token', scopes: ['a', 'b'], ...fields });

  function keep(
    registration: Registration,
    scopes: readonly string[] = registration.scopes,
    deploymentId?: string,
  ) {
    const key = new AccessTokenKey(registration.id, registration.revision, scopes, deploymentId);
    const issuedAt = clock.now();
    const expiresAt = new Date(issuedAt.getTime() + 3_600_000);
    const token = new AccessToken({ value: key.id, scopes, issuedAt, expiresAt });
    cache.keep(registration, key, { token, isStored: true });
    return { key, token };
  }

  it('finds a token of the registration that has all scopes, in whatever order they are asked for', () => {
    const { token } = keep(registrationWith());
    expect(cache.servedFor(registrationWith({ scopes: ['b', 'a'] }))?.token).toBe(token);
  });

  it.each<[string, Partial<Registration>]>([
    ['another revision', { revision: 2 }],
    ['another registration', { id: OTHER_ID }],
    ['more scopes', { scopes: ['a', 'b', 'c'] }],
    ['fewer scopes', { scopes: ['a'] }],
    ['refused scopes', { refusedScopes: [{ scope: 'b', refusedAt: '2026-01-05T08:00:00Z' }] }],
  ])('does not serve a token for %s', (_, fields) => {
    keep(registrationWith());
    expect(cache.servedFor(registrationWith(fields))).toBeUndefined();
    expect(cache.keyFor(registrationWith(fields))).toBeUndefined();
  });

  it('keeps the tokens of deployments apart, and deletes them with their registration', async () => {
    const registration = registrationWith();
    const [one, other] = ['1', '2'].map((deploymentId) =>
      keep(registration, registration.scopes, deploymentId),
    );
    expect(cache.servedFor(registration, '1')?.token).toBe(one?.token);
    expect(cache.servedFor(registration, '2')?.token).toBe(other?.token);
    expect(cache.servedFor(registration)).toBeUndefined();
    await cache.deleteRegistration(registration.id);
    expect([cache.keyFor(registration, '1'), cache.keyFor(registration, '2')]).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('finds a token by its key only if it has fewer scopes than the registration', () => {
    const registration = registrationWith();
    const { key, token } = keep(registration, ['a']);
    expect(cache.servedFor(registration)).toBeUndefined();
    expect(cache.servedUnder(key)?.token).toBe(token);
  });

  it('serves a token from memory for a minute, until the store is to be read again', () => {
    const { key } = keep(registrationWith());
    clock.advance(59_999);
    expect([cache.servedFor(registrationWith()), cache.servedUnder(key)]).not.toContain(undefined);
    clock.advance(1);
    expect([cache.servedFor(registrationWith()), cache.servedUnder(key)]).toEqual([undefined, undefined]);
  });

  it('does not serve tokens that are marked to be read again from the store, one of them or all of them', () => {
    const registration = registrationWith();
    const [one, other] = [keep(registration), keep(registration, ['a'])];
    cache.expire(one.key.id);
    expect(cache.servedUnder(one.key)).toBeUndefined();
    expect(cache.servedUnder(other.key)?.token).toBe(other.token);
    cache.expire(undefined);
    expect(cache.servedUnder(other.key)).toBeUndefined();
  });

  it('deletes the tokens of a deleted registration and keeps those of other registrations', async () => {
    const registration = registrationWith();
    const [all, part] = [keep(registration), keep(registration, ['a'])];
    const other = keep(registrationWith({ id: OTHER_ID }));
    await cache.deleteRegistration(registration.id);
    for (const { key } of [all, part]) expect(cache.servedUnder(key)).toBeUndefined();
    expect(cache.keyFor(registration)).toBeUndefined();
    expect(cache.servedUnder(other.key)?.token).toBe(other.token);
  });
});
