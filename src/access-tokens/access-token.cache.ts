import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../common/clock.js';
import { SingleFlight } from '../common/single-flight.js';
import { LtiConfig } from '../config/lti-config.js';
import { type Registration } from '../registrations/registration.entity.js';
import { type AccessToken, earlyRenewalMs, isSameGrant, type AccessTokenKey } from './access-token.js';
import { AccessTokenRefresher } from './access-token.refresher.js';
import { ResilientTokenStore } from './stores/resilient-token-store.js';
import { type RenewalFailure, type StoredAccess } from './stores/token-store.js';

const MAX_TOKENS = 10_000;
/** How long a token is served from memory while the store is down. */
const STORE_DOWN_TTL_MS = 5000;
/** In the time of early renewal the store is read at least as often as a renewal may be tried. */
const EARLY_RENEWAL_TTL_MS = 30_000;

/** A token in this process's memory. */
export interface LocalToken {
  readonly key: AccessTokenKey;
  readonly token: AccessToken;
  /** Resolves with the token: one promise for any number of callers. */
  readonly promise: Promise<AccessToken>;
  /** In epoch milliseconds: the token is served without reading the store until then. */
  servedUntilMs: number;
  /** In epoch milliseconds: when this process begins an early renewal. */
  readonly earlyRenewalMs: number;
  /** The store does not have the token: the store was down when it was granted, or refused it as too late. */
  isUnstored: boolean;
}

/** The token and the failure under a key. */
export interface KnownAccess {
  /** The newest token that is not set aside, expired or not. */
  token?: AccessToken;
  /** The failure that prevents a token request for now. */
  failure?: RenewalFailure;
  isStored: boolean;
  /** The store changed while it was read: the token may be an old one, so it is not kept. */
  isOutdated: boolean;
}

/** The access tokens of this process: in memory, and behind it in the token store (docs/tokens.md, rule 10). */
@Injectable()
export class AccessTokenCache implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(AccessTokenCache.name);
  private readonly byKey = new LRUCache<string, LocalToken>({ max: MAX_TOKENS });
  /** Tokens for all scopes of their registration, by its id and deployment: without a key, which takes a hash to create. */
  private readonly byRegistration = new LRUCache<string, LocalToken>({ max: MAX_TOKENS });
  /** Hashes of tokens that are set aside: no call gets them. */
  private readonly aside = new LRUCache<string, true>({ max: MAX_TOKENS });
  private readonly readings = new SingleFlight<KnownAccess>();
  private readonly maxMarginMs: number;
  private readonly localTtlMs: number;
  private stopListening: () => void = () => undefined;

  constructor(
    private readonly store: ResilientTokenStore,
    private readonly refresher: AccessTokenRefresher,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LtiConfig) { accessTokens }: LtiConfig,
  ) {
    this.maxMarginMs = accessTokens.margin;
    this.localTtlMs = accessTokens.localTtl;
  }

  onModuleInit(): void {
    this.stopListening = this.store.onChange((keyId) => {
      this.expire(keyId);
      this.readings.forget(keyId);
    });
  }

  onApplicationShutdown(): void {
    this.stopListening();
  }

  /** A token for all scopes of a registration, if it can be served without reading the store. Every call passes here. */
  servedFor(registration: Registration, deploymentId?: string): LocalToken | undefined {
    const local = this.localFor(registration, deploymentId);
    return local !== undefined && this.clock.nowMs() < local.servedUntilMs ? local : undefined;
  }

  /** The same for the scopes of a key. */
  servedUnder(key: AccessTokenKey): LocalToken | undefined {
    const local = this.byKey.get(key.id);
    return local !== undefined && this.clock.nowMs() < local.servedUntilMs ? local : undefined;
  }

  /** The key for all scopes of a registration, if one was created before. */
  keyFor(registration: Registration, deploymentId?: string): AccessTokenKey | undefined {
    return this.localFor(registration, deploymentId)?.key;
  }

  /** Reads the store, once for all concurrent callers. While the store is down, the token in memory counts. */
  read(key: AccessTokenKey): Promise<KnownAccess> {
    const isOutdated = (): boolean => this.readings.get(key.id) !== reading;
    const reading = this.readings.run(key.id, () => this.readStore(key, isOutdated));
    return reading;
  }

  /**
   * Keeps a token in memory until the store is to be read again. Without a store, nothing is kept.
   *
   * @param untilMs in epoch milliseconds: when the token is to be served for a shorter or, past its margin, longer time
   */
  keep(
    registration: Registration,
    key: AccessTokenKey,
    { token, isStored, untilMs }: { token: AccessToken; isStored: boolean; untilMs?: number },
  ): void {
    if (!this.store.isPresent) return;
    const nowMs = this.clock.now().getTime();
    const before = this.byKey.get(key.id);
    const known = before !== undefined && isSameGrant(before.token, token) ? before : undefined;
    const earlyMs = known?.earlyRenewalMs ?? earlyRenewalMs(token, this.maxMarginMs, Math.random());
    const ttlMs = isStored ? this.localTtlMs : Math.min(this.localTtlMs, STORE_DOWN_TTL_MS);
    const nextRenewalMs = earlyMs > nowMs ? earlyMs : nowMs + EARLY_RENEWAL_TTL_MS;
    const endMs = untilMs ?? token.freshUntilMs(this.maxMarginMs);
    const local: LocalToken = {
      key,
      token,
      promise: Promise.resolve(token),
      servedUntilMs: Math.min(nowMs + ttlMs, nextRenewalMs, endMs),
      earlyRenewalMs: earlyMs,
      // A token that was stored once counts as stored while the store is down.
      isUnstored: !isStored && known?.isUnstored !== false,
    };
    this.byKey.set(key.id, local);
    const hasAllScopes = registration.scopes.every((scope) => key.scopes.includes(scope));
    if (hasAllScopes) this.byRegistration.set(nameOf(key.registrationId, key.deploymentId), local);
  }

  /** Whether this process is to renew the token in the background now. */
  isEarlyRenewalDue(key: AccessTokenKey, token: AccessToken): boolean {
    const local = this.byKey.get(key.id);
    if (local === undefined || !isSameGrant(local.token, token)) return false;
    return local.earlyRenewalMs <= this.clock.now().getTime();
  }

  /** The store is read before the token of this key, or any token where no key is given, is served again. */
  expire(keyId: string | undefined): void {
    const expired = keyId === undefined ? [...this.byKey.values()] : [this.byKey.get(keyId)];
    for (const local of expired) if (local !== undefined) local.servedUntilMs = 0;
  }

  /** No call gets this token: its renewal is in progress, or has returned another one. */
  setAside({ hash }: AccessToken): void {
    this.aside.set(hash, true);
  }

  /** The renewal returned no other token, so calls use this one again. */
  restore({ hash }: AccessToken): void {
    this.aside.delete(hash);
  }

  isSetAside({ hash }: AccessToken): boolean {
    return this.aside.has(hash);
  }

  /** The token under a key in memory, if it is set aside. */
  setAsideUnder(key: AccessTokenKey): AccessToken | undefined {
    const token = this.byKey.get(key.id)?.token;
    return token !== undefined && this.isSetAside(token) ? token : undefined;
  }

  /** After an edit or a deletion of the registration. Tokens that stay in the store in an outage are not used any more. */
  async deleteRegistration(registrationId: string): Promise<void> {
    for (const [name, { key }] of [...this.byRegistration.entries()]) {
      if (key.registrationId === registrationId) this.byRegistration.delete(name);
    }
    for (const { key } of [...this.byKey.values()]) {
      if (key.registrationId === registrationId) this.byKey.delete(key.id);
    }
    this.refresher.forgetFailures(registrationId);
    if (!this.store.isPresent) return;
    await this.store
      .call('deleteRegistration', (store) => store.deleteRegistration(registrationId))
      .catch(() => this.logger.warn(`The tokens of registration ${registrationId} could not be deleted.`));
  }

  /** The token for all scopes of the registration as it is now, whether it can be served or not. */
  private localFor(
    { id, revision, scopes, refusedScopes }: Registration,
    deploymentId: string | undefined,
  ): LocalToken | undefined {
    const local = this.byRegistration.get(nameOf(id, deploymentId));
    if (local?.key.revision !== revision || refusedScopes.length > 0) return undefined;
    return local.key.scopes.length === scopes.length ? local : undefined;
  }

  private async readStore(key: AccessTokenKey, isOutdated: () => boolean): Promise<KnownAccess> {
    const stored = await this.store.read(key);
    const token = this.newest(stored, this.byKey.get(key.id));
    const failure = this.refresher.standingFailure(key, stored);
    const isStored = stored !== 'unknown' && token !== undefined && stored?.token === token;
    // A stored token that this process cannot decrypt may be newer. It stays for the processes that can decrypt it.
    const isLacking = stored !== 'unknown' && !isStored && stored?.unreadable !== true;
    if (token !== undefined && isLacking) this.offer(key, token);
    return { ...(token && { token }), ...(failure && { failure }), isStored, isOutdated: isOutdated() };
  }

  /** The token that was granted last: the store's, or one that only this process has. */
  private newest(
    stored: StoredAccess | 'unknown' | undefined,
    local: LocalToken | undefined,
  ): AccessToken | undefined {
    // A token that was in the store and is not there any more was deleted.
    const isOwn =
      local !== undefined && (local.isUnstored || stored === 'unknown' || stored?.unreadable === true);
    const candidates = [stored === 'unknown' ? undefined : stored?.token, isOwn ? local.token : undefined];
    return candidates
      .filter((token) => token !== undefined)
      .filter((token) => !this.isSetAside(token))
      .sort((one, other) => other.issuedAt.getTime() - one.issuedAt.getTime())[0];
  }

  /** The store is back: gives it a token that was granted meanwhile, for all processes. */
  private offer(key: AccessTokenKey, token: AccessToken): void {
    if (token.isExpired(this.clock.now(), this.maxMarginMs)) return;
    this.refresher.offer(key, token).then(
      (isStored) => {
        const local = this.byKey.get(key.id);
        if (isStored && local?.token === token) local.isUnstored = false;
      },
      () => undefined,
    );
  }
}

/** The name of a registration's token, or of a deployment's, in the memory of this process. */
function nameOf(registrationId: string, deploymentId: string | undefined): string {
  return deploymentId === undefined ? registrationId : `${registrationId}:${deploymentId}`;
}
