import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { AccessToken, type AccessTokenFields, AccessTokenKey } from '../../access-tokens/access-token.js';
import {
  type Lease,
  type LeaseRequest,
  type RenewalFailure,
  type TokenStore,
} from '../../access-tokens/stores/token-store.js';

export const SCOPES = ['https://scope.example/roster', 'https://scope.example/score'];
const ISSUED_AT = new Date('2026-01-05T08:00:00.123Z');
const EXPIRES_AT = new Date('2026-01-05T09:00:00.457Z');

/** Longer than any case takes. */
export const HELD: LeaseRequest = { termMs: 120_000, holder: 'holder.example:1' };

/** Nothing to see under a key. */
export const NOTHING = { token: undefined, failure: undefined };

/** Every case has keys of its own, so that stores which outlive a test can be tried too. */
export function keyOf(registrationId: string = randomUUID(), revision = 1, scopes = SCOPES): AccessTokenKey {
  return new AccessTokenKey(registrationId, revision, scopes);
}

export function tokenOf(fields: Partial<AccessTokenFields> = {}): AccessToken {
  return new AccessToken({
    value: randomUUID(),
    scopes: SCOPES,
    issuedAt: ISSUED_AT,
    expiresAt: EXPIRES_AT,
    ...fields,
  });
}

export function failureOf(attempts = 1, fields: Partial<RenewalFailure> = {}): RenewalFailure {
  const retryAt = new Date(ISSUED_AT.getTime() + attempts * 1001);
  const message = `It was refused for the ${attempts}. time.`;
  return { kind: 'refused', message, platformError: 'invalid_client', retryAt, attempts, ...fields };
}

/** The lease of a key that is free. */
export async function acquired(store: TokenStore, key: AccessTokenKey, request = HELD): Promise<Lease> {
  const lease = await store.acquire(key, request);
  assert.ok(lease, 'The lease is held, though it should be free.');
  return lease;
}

export async function committed(
  store: TokenStore,
  key: AccessTokenKey,
  token = tokenOf(),
): Promise<AccessToken> {
  assert.equal(await store.commit(await acquired(store, key), token), true, 'The holder could not commit.');
  return token;
}

export async function failed(
  store: TokenStore,
  key: AccessTokenKey,
  failure = failureOf(),
): Promise<RenewalFailure> {
  const lease = await acquired(store, key);
  assert.equal(await store.fail(lease, failure), true, 'The holder could not mark a failure.');
  return failure;
}

/** All that a reader can see under a key, in a form that two readings can be compared in. */
export async function seen(store: TokenStore, key: AccessTokenKey) {
  const { token, failure } = (await store.get(key)) ?? {};
  return { token: token && wholeToken(token), failure: failure && wholeFailure(failure) };
}

export function wholeToken({ value, scopes, issuedAt, expiresAt, repeated, forcedAt, hash }: AccessToken) {
  return { value, scopes, issuedAt, expiresAt, repeated, forcedAt, hash };
}

export function wholeFailure({ kind, message, platformError, retryAt, attempts }: RenewalFailure) {
  return { kind, message, platformError, retryAt, attempts };
}

/** A lease that ended, lost or invented, which must be able to do nothing at all. */
export async function assertPowerless(store: TokenStore, lease: Lease): Promise<void> {
  const before = await seen(store, lease.key);
  assert.equal(await store.commit(lease, tokenOf()), false, 'It could commit.');
  assert.equal(await store.fail(lease, failureOf()), false, 'It could mark a failure.');
  assert.equal(await store.extend(lease, HELD.termMs), false, 'It could be extended.');
  await store.release(lease);
  assert.deepEqual(await seen(store, lease.key), before, 'It said no, and wrote all the same.');
}
