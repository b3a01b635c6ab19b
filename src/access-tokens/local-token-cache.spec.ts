import { registrationFixture } from '../../test/support/registration-fixture.js';
import { type Registration } from '../registrations/registration.entity.js';
import { AccessToken } from './access-token.js';
import { AccessTokenKey } from './access-token-key.js';
import { type LocalToken, LocalTokenCache } from './local-token-cache.js';

const GOOD_UNTIL_MS = 1;

describe('LocalTokenCache', () => {
  let tokens: LocalTokenCache;
  beforeEach(() => (tokens = new LocalTokenCache()));

  const registrationWith = (fields: Partial<Registration> = {}): Registration =>
    registrationFixture({ tokenUrl: 'https://lms.example.edu/token', scopes: ['a', 'b'], ...fields });

  function put(registration: Registration, scopes: readonly string[] = registration.scopes): LocalToken {
    const key = new AccessTokenKey(registration.id, registration.revision, scopes);
    const [issuedAt, expiresAt] = [new Date(0), new Date(3_600_000)];
    const token = new AccessToken({ value: key.id, scopes, issuedAt, expiresAt });
    const local: LocalToken = {
      key,
      token,
      answer: Promise.resolve(token),
      goodUntilMs: GOOD_UNTIL_MS,
      earlyRenewalMs: 0,
      isUnstored: false,
    };
    tokens.put(local, registration);
    return local;
  }

  it('finds a token for all scopes by the registration, in whatever order these are named', () => {
    const local = put(registrationWith());
    expect(tokens.ofWhole(registrationWith({ scopes: ['b', 'a'] }))).toBe(local);
  });

  it.each<[string, Partial<Registration>]>([
    ['another revision', { revision: 2 }],
    ['another registration', { id: '0198a000-0000-7000-8000-000000000002' }],
    ['more scopes', { scopes: ['a', 'b', 'c'] }],
    ['fewer scopes', { scopes: ['a'] }],
    ['refused scopes', { refusedScopes: [{ scope: 'b', refusedAt: '2026-01-05T08:00:00Z' }] }],
  ])('does not take it for one of %s', (_, fields) => {
    put(registrationWith());
    expect(tokens.ofWhole(registrationWith(fields))).toBeUndefined();
  });

  it('finds a token for fewer scopes by its key alone', () => {
    const registration = registrationWith();
    const local = put(registration, ['a']);
    expect(tokens.ofWhole(registration)).toBeUndefined();
    expect(tokens.get(local.key)).toBe(local);
  });

  it('doubts one, or all', () => {
    const registration = registrationWith();
    const [one, other] = [put(registration), put(registration, ['a'])];
    tokens.doubt(one.key.id);
    expect([one.goodUntilMs, other.goodUntilMs]).toEqual([0, GOOD_UNTIL_MS]);
    tokens.doubt(undefined);
    expect(other.goodUntilMs).toBe(0);
  });

  it('forgets what one registration has, and keeps what others have', () => {
    const registration = registrationWith();
    const [whole, part] = [put(registration), put(registration, ['a'])];
    const other = put(registrationWith({ id: '0198a000-0000-7000-8000-000000000002' }));
    tokens.forgetRegistration(registration.id);
    for (const found of [tokens.ofWhole(registration), tokens.get(whole.key), tokens.get(part.key)]) {
      expect(found).toBeUndefined();
    }
    expect(tokens.get(other.key)).toBe(other);
  });
});
