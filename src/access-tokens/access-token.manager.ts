import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { isDatabaseOutage } from '../common/database-outage.js';
import { LtiError } from '../common/lti-error.js';
import { LtiConfig } from '../config/lti-config.js';
import { TokenMetrics } from '../metrics/token-metrics.js';
import { type Registration } from '../registrations/registration.entity.js';
import { RegistrationListeners } from '../registrations/registration-listeners.js';
import {
  isStillRefused,
  type ScopeOutcome,
  ScopeRefusalService,
} from '../registrations/scope-refusal.service.js';
import {
  type AccessToken,
  earlyRenewalMs,
  isSameGrant,
  servesUntilMs,
  AccessTokenKey,
} from './access-token.js';
import { AccessTokenCache, type KnownAccess } from './access-token.cache.js';
import { errorOf, ScopeMismatch } from './access-token.errors.js';
import { AccessTokenRefresher, type RefreshRequest } from './access-token.refresher.js';
import { SCOPE_RETRY_MS } from './failure-backoff.js';
import { ResilientTokenStore } from './stores/resilient-token-store.js';
import { type RenewalFailure } from './stores/token-store.js';

/** The token that a caller needs. */
export interface TokenNeed {
  registration: Registration;
  /** The scopes that the call needs. The token request may ask for more. */
  needed: readonly string[];
  /** The deployment that the token is for, where the registration has `deploymentInAssertion`. */
  deploymentId?: string | undefined;
  /** Called for each token request that the caller causes. */
  onRequest: () => void;
}

/** How a need is met by a token request. */
export interface RefreshPlan extends Omit<RefreshRequest, 'registration' | 'onRequest'> {
  /** The known failure that prevents a request for now. */
  failure?: RenewalFailure | undefined;
}

/**
 * Finds a usable access token: in memory, in the store, or from the platform by way of the refresher (docs/tokens.md).
 * Decides about expiry and scopes; the cache and the stores do not.
 */
@Injectable()
export class AccessTokenManager implements OnModuleInit {
  private readonly logger = new Logger(AccessTokenManager.name);
  private readonly maxMarginMs: number;

  constructor(
    private readonly cache: AccessTokenCache,
    private readonly refresher: AccessTokenRefresher,
    private readonly store: ResilientTokenStore,
    private readonly refusals: ScopeRefusalService,
    private readonly listeners: RegistrationListeners,
    private readonly metrics: TokenMetrics,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LtiConfig) config: LtiConfig,
  ) {
    this.maxMarginMs = config.accessTokens.margin;
  }

  onModuleInit(): void {
    const forget = (registrationId: string): Promise<void> => this.cache.deleteRegistration(registrationId);
    this.listeners.add({ registrationChanged: forget, registrationDeleted: forget });
  }

  /** Whether the token has expired, or is set aside after a 401. */
  isExpired(token: AccessToken): boolean {
    return token.isExpired(this.clock.now(), this.maxMarginMs) || this.cache.isSetAside(token);
  }

  /** Whether a client that holds the token is to call `obtain` again: it has expired, or the time of early renewal has begun. */
  isDue(token: AccessToken): boolean {
    if (this.isExpired(token)) return true;
    return this.store.isPresent && this.clock.now().getTime() >= earlyRenewalMs(token, this.maxMarginMs, 0);
  }

  /**
   * A fresh token that covers `needed`. If no new one can be had, the present one serves until 5 s before its end.
   *
   * @throws ScopeMismatch, TokenRequestRefused, TokenRequestFailed
   */
  obtain(need: TokenNeed): Promise<AccessToken> {
    // Every call passes here, so a token in memory takes no key and no new promise.
    const local = this.cache.servedFor(need.registration, need.deploymentId);
    if (local?.token.hasScopes(need.needed) !== true) return this.find(need);
    this.metrics.localHits += 1;
    return local.promise;
  }

  /** A new token, however fresh the present one is. Joins a request in progress. */
  async forceRefresh(need: TokenNeed): Promise<AccessToken> {
    return this.refresh(need, { key: this.keyFor(need), reason: 'forced', isUsable: () => false });
  }

  /**
   * A new token for all scopes of the registration, refused ones too, for an operator's check. A remembered failure does not
   * prevent the request, and its own failure is not remembered. If a renewal was forced within the last minute, the present
   * token is returned without a request (docs/tokens.md, rule 7).
   *
   * @throws ScopeMismatch, TokenRequestRefused, TokenRequestFailed
   */
  async renewForCheck({ registration, deploymentId, onRequest }: TokenNeed): Promise<AccessToken> {
    const { id, revision, scopes } = registration;
    const key = new AccessTokenKey(id, revision, scopes, deploymentId);
    const askedAt = this.clock.now();
    const known = await this.cache.read(key);
    const token = this.store.isPresent ? known.token : this.refresher.lastForced(key);
    const present = token !== undefined && !this.isExpired(token) ? token : undefined;
    const refreshed = await this.refresher.refresh({
      registration,
      key,
      reason: 'check',
      present,
      refused: present,
      // Another process has renewed it meanwhile.
      isUsable: (other) => !this.isExpired(other) && !isSameGrant(other, present),
      onRequest,
    });
    this.cache.restore(refreshed.token);
    this.cache.keep(registration, key, refreshed);
    await this.storeRegained(registration, { asked: [], granted: refreshed.token.scopes, askedAt });
    return refreshed.token;
  }

  /**
   * The key, and with it the scopes to request: all effective scopes, so that one token serves every course and service.
   * If a needed scope was refused within the last day, the key has only the needed scopes, so that one request is enough.
   */
  keyFor({ registration, needed, deploymentId }: TokenNeed): AccessTokenKey {
    const known = this.cache.keyFor(registration, deploymentId);
    if (known !== undefined && needed.every((scope) => known.scopes.includes(scope))) return known;
    const effective = effectiveScopes(registration, this.clock.now());
    const scopes = needed.every((scope) => effective.includes(scope)) ? effective : needed;
    return new AccessTokenKey(registration.id, registration.revision, scopes, deploymentId);
  }

  /**
   * Gets a new token that covers what is needed. If the platform refuses all scopes because of one of them, only the needed
   * scopes are requested (docs/tokens.md, rule 2).
   *
   * @throws ScopeMismatch, TokenRequestRefused, TokenRequestFailed
   */
  async refresh(need: TokenNeed, plan: RefreshPlan): Promise<AccessToken> {
    const { registration, needed, onRequest } = need;
    const { failure, ...request } = plan;
    const { key } = request;
    const neededKey = new AccessTokenKey(key.registrationId, key.revision, needed, key.deploymentId);
    const askedAt = this.clock.now();
    try {
      if (failure !== undefined) throw errorOf(failure, key.scopes, failure);
      const refreshed = await this.refresher.refresh({ ...request, registration, onRequest });
      this.cache.restore(refreshed.token);
      this.cache.keep(registration, key, refreshed);
      await this.storeRegained(registration, { asked: [], granted: key.scopes, askedAt });
      return covering(needed, refreshed.token);
    } catch (error) {
      if (!(error instanceof ScopeMismatch) || error.cause === undefined) throw error;
      if (needed.length === 0) throw error;
      if (key.id === neededKey.id) {
        await this.storeOutcome(registration, { asked: needed, granted: [], askedAt });
        throw error;
      }
      const token = await this.refreshNeeded(need, { ...request, key: neededKey });
      await this.storeOutcome(registration, { asked: key.scopes, granted: needed, askedAt });
      return token;
    }
  }

  private async find(need: TokenNeed): Promise<AccessToken> {
    const { registration, needed } = need;
    const key = this.keyFor(need);
    const local = this.cache.servedUnder(key)?.token;
    if (local?.hasScopes(needed) === true) {
      this.metrics.localHits += 1;
      return local;
    }
    const known = await this.cache.read(key);
    const { token, failure, isStored } = known;
    const isUsable = (other: AccessToken): boolean => !this.isExpired(other) && !isSameGrant(other, token);
    if (token === undefined || this.isExpired(token))
      return this.replaceExpired(need, known, { key, reason: 'expired', isUsable });
    if (!known.isOutdated) this.cache.keep(registration, key, { token, isStored });
    if (token.hasScopes(needed)) {
      if (failure === undefined && this.cache.isEarlyRenewalDue(key, token)) {
        this.refreshEarly(need, { key, reason: 'early', present: token, isUsable });
      }
      this.metrics.served('store');
      return token;
    }
    if (token.ageMs(this.clock.now()) < SCOPE_RETRY_MS) throw new ScopeMismatch(needed, token.scopes);
    return this.refresh(need, { key, reason: 'expired', failure, isUsable });
  }

  private async replaceExpired(
    need: TokenNeed,
    { token, failure, isStored }: KnownAccess,
    plan: RefreshPlan,
  ): Promise<AccessToken> {
    const { needed } = need;
    const present = this.serves(token, needed) ? token : undefined;
    const aside = this.cache.setAsideUnder(plan.key);
    const serve = (last: AccessToken, { retryAt }: { retryAt?: Date | undefined }): AccessToken =>
      this.serveUntil(retryAt, need, plan.key, { token: last, isStored });
    if (present !== undefined && failure !== undefined) return serve(present, failure);
    try {
      const refreshed = await this.refresh(need, { ...plan, present, failure });
      this.metrics.served('platform');
      return refreshed;
    } catch (error) {
      if (!(error instanceof LtiError) || error instanceof ScopeMismatch) throw error;
      if (present !== undefined) return serve(present, error);
      // The renewal after a 401 failed, and the 401 may have been about permission: the token serves again.
      if (this.serves(aside, needed)) return serve(aside, error);
      throw error;
    }
  }

  /** The present token, until the next request may be sent. */
  private serveUntil(
    retryAt: Date | undefined,
    { registration }: TokenNeed,
    key: AccessTokenKey,
    { token, isStored }: { token: AccessToken; isStored: boolean },
  ): AccessToken {
    const untilMs = Math.min(retryAt?.getTime() ?? Infinity, servesUntilMs(token));
    this.cache.keep(registration, key, { token, isStored, untilMs });
    this.metrics.served('store');
    return token;
  }

  /** All callers use the present token meanwhile. The refresher logs how it ends. */
  private refreshEarly(need: TokenNeed, plan: RefreshPlan): void {
    if (this.refresher.isRefreshing(plan.key)) return;
    this.refresh(need, plan).catch(() => undefined);
  }

  /** A token for the needed scopes only. There is one already if the refusal of all scopes could not be stored. */
  private async refreshNeeded(need: TokenNeed, plan: RefreshPlan): Promise<AccessToken> {
    const { token, isStored, isOutdated } = await this.cache.read(plan.key);
    if (token === undefined || !plan.isUsable(token)) return this.refresh(need, plan);
    if (!isOutdated) this.cache.keep(need.registration, plan.key, { token, isStored });
    return covering(need.needed, token);
  }

  /** Whether the token can be used until a newer one can be had. */
  private serves(token: AccessToken | undefined, needed: readonly string[]): token is AccessToken {
    if (token?.hasScopes(needed) !== true || this.cache.isSetAside(token)) return false;
    return this.clock.now().getTime() < servesUntilMs(token);
  }

  /** A scope that was refused before and is granted now is requested again from now on. */
  private async storeRegained(registration: Registration, outcome: ScopeOutcome): Promise<void> {
    const regained = registration.refusedScopes.some(({ scope }) => outcome.granted.includes(scope));
    if (regained) await this.storeOutcome(registration, outcome);
  }

  private async storeOutcome(registration: Registration, outcome: ScopeOutcome): Promise<void> {
    try {
      registration.refusedScopes = await this.refusals.store(registration, outcome);
    } catch (error) {
      if (!isDatabaseOutage(error)) throw error;
      // The next caller sends one request more. This caller has its token.
      this.logger.warn(`Refused scopes of "${registration.name}" could not be stored: ${error.message}`);
    }
  }
}

/** All scopes of the registration, without those that were refused within the last day. */
function effectiveScopes({ scopes, refusedScopes }: Registration, now: Date): string[] {
  const standing = refusedScopes.filter((refused) => isStillRefused(refused, now));
  const refused = new Set(standing.map(({ scope }) => scope));
  return scopes.filter((scope) => !refused.has(scope));
}

/** @throws ScopeMismatch */
export function covering(needed: readonly string[], token: AccessToken): AccessToken {
  if (!token.hasScopes(needed)) throw new ScopeMismatch(needed, token.scopes);
  return token;
}
