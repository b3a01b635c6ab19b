import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { LtiError } from '../common/lti-error.js';
import { type Registration } from '../registrations/registration.entity.js';
import { type AccessToken } from '../token-store/access-token.js';
import { type AccessTokenKey } from '../token-store/access-token-key.js';
import { type RenewalFailure } from '../token-store/renewal-failure.js';
import { type Lease, TokenStore } from '../token-store/token-store.js';
import { failureOf } from './failure-memory.js';
import { errorOf, TokenRequestFailed } from './oauth.errors.js';
import { TokenEndpoint } from './token-endpoint.service.js';

/** Longer than a token request may take, so that a waiter outlasts the holder of the lease. */
const WAIT_FOR_LEASE_MS = 12_000;
const POLL_MS = 250;

/** Renews the token of a key: one request at a time, which belongs to nobody (a caller that gives up cancels nothing). */
@Injectable()
export class TokenRenewal {
  private readonly logger = new Logger(TokenRenewal.name);
  private readonly underway = new Map<string, Promise<AccessToken>>();
  private readonly failures = new Map<string, RenewalFailure>();

  constructor(
    private readonly endpoint: TokenEndpoint,
    @Inject(TokenStore) private readonly store: TokenStore | null,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** The renewal that is underway for this key, if one is. */
  inFlight(key: AccessTokenKey): Promise<AccessToken> | undefined {
    return this.underway.get(key.id);
  }

  /**
   * Joins the renewal underway, or starts one: at once, so that of many callers in one turn one starts it. `onRequest` is
   * called if this call is the one that starts it, and no failure stands in the way.
   *
   * @param isUsable whether a token that another process has meanwhile stored makes the request needless
   */
  renew(
    registration: Registration,
    key: AccessTokenKey,
    isUsable: (token: AccessToken) => boolean,
    onRequest: () => void,
  ): Promise<AccessToken> {
    const underway = this.underway.get(key.id);
    if (underway !== undefined) return underway;
    const renewal = this.run(registration, key, isUsable, onRequest).finally(() =>
      this.underway.delete(key.id),
    );
    this.underway.set(key.id, renewal);
    return renewal;
  }

  /** An edit or an operator's check asks afresh. */
  forgetFailures(registrationId: string): void {
    for (const keyId of this.failures.keys()) {
      if (keyId.startsWith(`${registrationId}:`)) this.failures.delete(keyId);
    }
  }

  /** The failure that still stands in the way of a request. */
  private async standingFailure(key: AccessTokenKey): Promise<RenewalFailure | undefined> {
    const known = this.failures.get(key.id) ?? (await this.store?.get(key))?.failure;
    return known !== undefined && known.retryAt > this.clock.now() ? known : undefined;
  }

  private async run(
    registration: Registration,
    key: AccessTokenKey,
    isUsable: (token: AccessToken) => boolean,
    onRequest: () => void,
  ): Promise<AccessToken> {
    const failure = await this.standingFailure(key);
    if (failure !== undefined) throw errorOf(failure, key.scopes, failure);
    if (this.store === null) return this.request(registration, key, onRequest);
    const lease = await this.acquire(this.store, key, isUsable);
    if (!('id' in lease)) return lease;
    // Between the reading that found no token and the lease, its last holder may have written one.
    const token = (await this.store.get(key))?.token;
    if (token !== undefined && isUsable(token)) {
      await this.store.release(lease);
      return token;
    }
    return this.requestUnderLease(this.store, lease, registration, onRequest);
  }

  private async requestUnderLease(
    store: TokenStore,
    lease: Lease,
    registration: Registration,
    onRequest: () => void,
  ): Promise<AccessToken> {
    try {
      const token = await this.request(registration, lease.key, onRequest);
      await store.commit(lease, token);
      return token;
    } catch (error) {
      const failure = this.failures.get(lease.key.id);
      await (failure === undefined ? store.release(lease) : store.fail(lease, failure));
      throw error;
    }
  }

  /** The lease, or the token that whoever held it wrote. */
  private async acquire(
    store: TokenStore,
    key: AccessTokenKey,
    isUsable: (token: AccessToken) => boolean,
  ): Promise<Lease | AccessToken> {
    const giveUpAt = this.clock.now().getTime() + WAIT_FOR_LEASE_MS;
    for (;;) {
      const lease = await store.acquire(key);
      if (lease !== undefined) return lease;
      if (this.clock.now().getTime() >= giveUpAt) {
        throw new TokenRequestFailed('Another process has been renewing this token for too long.');
      }
      await this.clock.sleep(POLL_MS);
      const token = (await store.get(key))?.token;
      if (token !== undefined && isUsable(token)) return token;
    }
  }

  private async request(
    registration: Registration,
    key: AccessTokenKey,
    onRequest: () => void,
  ): Promise<AccessToken> {
    onRequest();
    try {
      const token = await this.endpoint.request(registration, key.scopes);
      this.failures.delete(key.id);
      this.logger.log(
        `Token for "${registration.name}" (${registration.id}) granted until ${token.expiresAt.toISOString()}`,
      );
      return token;
    } catch (error) {
      if (!(error instanceof LtiError)) throw error;
      const failure = failureOf(error, this.clock.now(), this.failures.get(key.id)?.attempts ?? 0);
      this.failures.set(key.id, failure);
      this.logger.warn(
        `No token for "${registration.name}" (${registration.id}): ${error.message} ` +
          `Next request after ${failure.retryAt.toISOString()}.`,
      );
      throw errorOf(failure, key.scopes, error);
    }
  }
}
