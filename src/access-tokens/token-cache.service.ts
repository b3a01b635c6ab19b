import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { LtiConfig } from '../config/lti-config.js';
import { type Registration } from '../registrations/registration.entity.js';
import { type AccessToken } from './access-token.js';
import { type AccessTokenKey } from './access-token-key.js';
import { type RenewalFailure, type StoredAccess } from './stores/token-store.js';
import { ResilientTokenStore } from './stores/resilient-token-store.js';
import { type LocalToken, LocalTokenCache } from './local-token-cache.js';
import { RefreshLeases } from './refresh-leases.js';
import { TokenEvidence } from './token-evidence.js';
import { earlyRenewalMs, isSameGrant } from './token-life.js';
import { AccessTokenRefresher } from './access-token.refresher.js';

/** While the store is down it is asked for news this often. */
const STORE_DOWN_TTL_MS = 5000;
/** In the time of early renewal the next look comes no later than the next try may. */
const EARLY_TTL_MS = 30_000;

/** What is known under a key. */
export interface Found {
  /** The newest token that is not set aside, expired or not. */
  token?: AccessToken;
  /** What stands in the way of a request. */
  failure?: RenewalFailure;
  isStored: boolean;
  /** Something changed while the store was being read: this may be of before, and is nothing to keep. */
  isOutdated: boolean;
}

/** A reading of the store that is underway. */
interface Lookup {
  found: Promise<Found>;
  isOutdated: boolean;
}

/** The tokens of this process, in front of the store. */
@Injectable()
export class TokenCache implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(TokenCache.name);
  private readonly local = new LocalTokenCache();
  private readonly lookups = new Map<string, Lookup>();
  private readonly maxMarginMs: number;
  private readonly localTtlMs: number;
  private stopListening: () => void = () => undefined;

  constructor(
    private readonly store: ResilientTokenStore,
    private readonly leases: RefreshLeases,
    private readonly renewal: AccessTokenRefresher,
    private readonly evidence: TokenEvidence,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LtiConfig) { accessTokens }: LtiConfig,
  ) {
    this.maxMarginMs = accessTokens.margin;
    this.localTtlMs = accessTokens.localTtl;
  }

  onModuleInit(): void {
    this.stopListening = this.store.onChange((keyId) => {
      this.local.doubt(keyId);
      this.outdateLookups(keyId);
      this.leases.tell(keyId);
    });
  }

  onApplicationShutdown(): void {
    this.stopListening();
  }

  /** A token for all scopes of a registration that may be used without asking anybody. Quick: it is on every call's way. */
  good(registration: Registration): LocalToken | undefined {
    const local = this.local.ofWhole(registration);
    return local !== undefined && this.clock.nowMs() < local.goodUntilMs ? local : undefined;
  }

  /** The same, for any scopes. */
  goodUnder(key: AccessTokenKey): LocalToken | undefined {
    const local = this.local.get(key);
    return local !== undefined && this.clock.nowMs() < local.goodUntilMs ? local : undefined;
  }

  /** The token of this process that is set aside while it is renewed after a 401. */
  asideUnder(key: AccessTokenKey): AccessToken | undefined {
    const token = this.local.get(key)?.token;
    return token !== undefined && this.evidence.isAside(token) ? token : undefined;
  }

  /** The key of all scopes of a registration, if it was made before: it takes a hash. */
  keyOfWhole(registration: Registration): AccessTokenKey | undefined {
    return this.local.ofWhole(registration)?.key;
  }

  /** Asks the store, once for all who ask meanwhile. While it is down, what this process has itself counts. */
  look(key: AccessTokenKey): Promise<Found> {
    const underway = this.lookups.get(key.id);
    if (underway !== undefined) return underway.found;
    const found = this.read(key, () => lookup.isOutdated).finally(() => {
      if (this.lookups.get(key.id) === lookup) this.lookups.delete(key.id);
    });
    const lookup: Lookup = { found, isOutdated: false };
    this.lookups.set(key.id, lookup);
    return found;
  }

  /**
   * Keeps a token for the next callers, until the store is to be asked again.
   *
   * @param untilMs in epoch milliseconds, where it serves for less or, past its margin, for longer than usual
   */
  keep(
    registration: Registration,
    key: AccessTokenKey,
    { token, isStored, untilMs }: { token: AccessToken; isStored: boolean; untilMs?: number },
  ): void {
    if (!this.store.isPresent) return;
    const now = this.clock.now();
    const before = this.local.get(key);
    const known = before !== undefined && isSameGrant(before.token, token) ? before : undefined;
    const earlyMs = known?.earlyRenewalMs ?? earlyRenewalMs(token, this.maxMarginMs, Math.random());
    const ttlMs = isStored ? this.localTtlMs : Math.min(this.localTtlMs, STORE_DOWN_TTL_MS);
    const nextMs = earlyMs > now.getTime() ? earlyMs : now.getTime() + EARLY_TTL_MS;
    const endMs = untilMs ?? token.freshUntilMs(this.maxMarginMs);
    const local: LocalToken = {
      key,
      token,
      answer: Promise.resolve(token),
      goodUntilMs: Math.min(now.getTime() + ttlMs, nextMs, endMs),
      earlyRenewalMs: earlyMs,
      // A store that is down says nothing of a token that it has had.
      isUnstored: !isStored && known?.isUnstored !== false,
    };
    this.local.put(local, registration);
  }

  /** Whether it is time that this process renews the token in the background. */
  isDueEarly(key: AccessTokenKey, token: AccessToken): boolean {
    const local = this.local.get(key);
    return (
      local !== undefined &&
      isSameGrant(local.token, token) &&
      local.earlyRenewalMs <= this.clock.now().getTime()
    );
  }

  /** No call is served with what this process has under the key before the store was asked. */
  doubt(key: AccessTokenKey): void {
    this.local.doubt(key.id);
  }

  /** For an edit or a deletion. What the store has is useless from then on; that it cannot be deleted in an outage is no harm. */
  async forgetRegistration(registrationId: string): Promise<void> {
    this.local.forgetRegistration(registrationId);
    this.renewal.forgetFailures(registrationId);
    if (!this.store.isPresent) return;
    await this.store
      .call('deleteRegistration', (store) => store.deleteRegistration(registrationId))
      .catch(() => this.logger.warn(`The tokens of registration ${registrationId} could not be deleted.`));
  }

  private outdateLookups(keyId: string | undefined): void {
    for (const [id, lookup] of this.lookups) {
      if (keyId !== undefined && id !== keyId) continue;
      lookup.isOutdated = true;
      this.lookups.delete(id);
    }
  }

  private async read(key: AccessTokenKey, isOutdated: () => boolean): Promise<Found> {
    const stored = await this.store.call('get', (store) => store.get(key)).catch(() => 'unknown' as const);
    const token = this.newest(stored, this.local.get(key));
    const failure = this.renewal.standingFailure(key, stored);
    const isStored = stored !== 'unknown' && token !== undefined && stored?.token === token;
    // What cannot be read may be newer: it stays, for those who can.
    const isLacking = stored !== 'unknown' && !isStored && stored?.unreadable !== true;
    if (token !== undefined && isLacking) this.offer(key, token);
    return { ...(token && { token }), ...(failure && { failure }), isStored, isOutdated: isOutdated() };
  }

  /** Of the store's token and one that only this process has, the one that was granted last. */
  private newest(
    stored: StoredAccess | 'unknown' | undefined,
    local: LocalToken | undefined,
  ): AccessToken | undefined {
    // One that was in the store and is no more was taken out of it.
    const isOwn =
      local !== undefined && (local.isUnstored || stored === 'unknown' || stored?.unreadable === true);
    const candidates = [stored === 'unknown' ? undefined : stored?.token, isOwn ? local.token : undefined];
    return candidates
      .filter((token) => token !== undefined)
      .filter((token) => !this.evidence.isAside(token))
      .sort((one, other) => other.issuedAt.getTime() - one.issuedAt.getTime())[0];
  }

  /** The store is back: what was granted meanwhile is for everybody. */
  private offer(key: AccessTokenKey, token: AccessToken): void {
    if (token.isExpired(this.clock.now(), this.maxMarginMs)) return;
    this.renewal.offer(key, token).then(
      (isStored) => {
        const local = this.local.get(key);
        if (isStored && local?.token === token) local.isUnstored = false;
      },
      () => undefined,
    );
  }
}
