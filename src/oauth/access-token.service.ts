import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { LtiConfig } from '../config/lti-config.js';
import { type Registration } from '../registrations/registration.entity.js';
import { RegistrationListeners } from '../registrations/registration-listeners.js';
import {
  effectiveScopes,
  type ScopeOutcome,
  ScopeRefusals,
} from '../registrations/scope-refusals.service.js';
import { type AccessToken } from '../token-store/access-token.js';
import { AccessTokenKey } from '../token-store/access-token-key.js';
import { TokenStore } from '../token-store/token-store.js';
import { SCOPE_PROBE_MS } from './failure-memory.js';
import { AuthenticationFailed, ScopeMismatch } from './oauth.errors.js';
import { TokenEvidence } from './token-evidence.js';
import { TokenRenewal } from './token-renewal.service.js';

/** A 401 to a token younger than this is about permission. So is one right after a forced renewal. */
const FORCED_RENEWAL_MS = 60_000;

/** What a caller wants a token for, and how it hears that it caused a request. */
export interface TokenWish {
  registration: Registration;
  /** The scopes that the call needs; the request may ask for more. */
  needed: readonly string[];
  onRequest: () => void;
}

/** A 401: to which token, of which call. */
export interface Rejection {
  token: AccessToken;
  url: string;
  sentAt: Date;
}

/** Finds or renews access tokens by the rules of their life (docs/tokens.md). Knows about expiry, which the stores do not. */
@Injectable()
export class AccessTokenService implements OnModuleInit {
  private readonly evidence = new TokenEvidence();
  private readonly maxMarginMs: number;

  constructor(
    private readonly renewal: TokenRenewal,
    private readonly refusals: ScopeRefusals,
    private readonly listeners: RegistrationListeners,
    @Inject(TokenStore) private readonly store: TokenStore | null,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LtiConfig) config: LtiConfig,
  ) {
    this.maxMarginMs = config.accessTokens.margin;
  }

  onModuleInit(): void {
    const forget = async (registrationId: string): Promise<void> => {
      this.renewal.forgetFailures(registrationId);
      await this.store?.deleteRegistration(registrationId);
    };
    this.listeners.add({ registrationChanged: forget, registrationDeleted: forget });
  }

  /** Whether the token is used up, or was found dead by this process. */
  isExpired(token: AccessToken): boolean {
    return token.isExpired(this.clock.now(), this.maxMarginMs) || this.evidence.isRejected(token);
  }

  /**
   * A fresh token that covers `needed`, from the store or from the platform.
   *
   * @throws ScopeMismatch, TokenRequestRefused, TokenRequestFailed
   */
  async obtain(wish: TokenWish): Promise<AccessToken> {
    const key = this.keyFor(wish);
    const token = (await this.store?.get(key))?.token;
    if (token !== undefined && !this.isExpired(token)) {
      if (token.hasScopes(wish.needed)) return token;
      if (token.ageMs(this.clock.now()) < SCOPE_PROBE_MS) throw new ScopeMismatch(wish.needed, token.scopes);
    }
    return this.request(wish, key, (stored) => !this.isExpired(stored) && stored.hash !== token?.hash);
  }

  /** A new token, whatever is left of the present one. Joins a renewal that is underway. */
  forceRenewal(wish: TokenWish): Promise<AccessToken> {
    return this.request(wish, this.keyFor(wish), () => false);
  }

  /** A service took this token: evidence that a 401 elsewhere is about permission. */
  worked(token: AccessToken): void {
    this.evidence.worked(token, this.clock.now());
  }

  /**
   * After a 401: another token, if there is reason to think that the token is at fault.
   *
   * @throws AuthenticationFailed when the 401 must be about permission, or a renewal was forced within the last minute
   */
  async replaceRejected(wish: TokenWish, rejection: Rejection): Promise<AccessToken> {
    const key = this.keyFor(wish);
    const other = (await this.renewal.inFlight(key)) ?? (await this.otherStored(key, rejection.token));
    if (other !== undefined) return this.covering(wish.needed, other);
    // Nothing is awaited from here to the renewal's start: of 500 stragglers one passes, and the others join it.
    const underway = this.renewal.inFlight(key);
    if (underway !== undefined) return this.covering(wish.needed, await underway);
    const now = this.clock.now();
    const forcedAt = this.evidence.lastForcedRenewal(key.id);
    if (forcedAt !== undefined && now.getTime() - forcedAt.getTime() < FORCED_RENEWAL_MS) {
      const renewed = await this.otherStored(key, rejection.token);
      if (renewed === undefined) throw new AuthenticationFailed(rejection.url);
      return this.covering(wish.needed, renewed);
    }
    if (
      rejection.token.ageMs(now) < FORCED_RENEWAL_MS ||
      this.evidence.hasWorkedSince(rejection.token, rejection.sentAt)
    ) {
      throw new AuthenticationFailed(rejection.url);
    }
    this.evidence.forcedRenewal(key.id, now);
    this.evidence.reject(rejection.token);
    return this.request(wish, key, (stored) => !this.isExpired(stored));
  }

  /**
   * The key, and so the scopes, to ask with: all effective ones, so that one token serves every course and service; but
   * just the needed ones when some of these were refused lately, so that asking costs one request.
   */
  private keyFor({ registration, needed }: TokenWish): AccessTokenKey {
    const effective = effectiveScopes(registration, this.clock.now());
    const scopes = needed.every((scope) => effective.includes(scope)) ? effective : needed;
    return new AccessTokenKey(registration.id, registration.revision, scopes);
  }

  private async request(
    wish: TokenWish,
    key: AccessTokenKey,
    isUsable: (token: AccessToken) => boolean,
  ): Promise<AccessToken> {
    const justNeeded = new AccessTokenKey(key.registrationId, key.revision, wish.needed);
    const askedAt = this.clock.now();
    try {
      const token = await this.renewal.renew(wish.registration, key, isUsable, wish.onRequest);
      this.evidence.granted(token);
      await this.noteGranted(wish, { asked: [], granted: key.scopes, askedAt });
      return this.covering(wish.needed, token);
    } catch (error) {
      if (!(error instanceof ScopeMismatch) || error.cause === undefined) throw error;
      if (wish.needed.length === 0) throw error;
      if (key.id === justNeeded.id) {
        await this.note(wish, { asked: wish.needed, granted: [], askedAt });
        throw error;
      }
      const token = await this.request(wish, justNeeded, isUsable);
      await this.note(wish, { asked: key.scopes, granted: wish.needed, askedAt });
      return token;
    }
  }

  /** The store's token for this key, if it is another than the one that failed, and any good. */
  private async otherStored(key: AccessTokenKey, failed: AccessToken): Promise<AccessToken | undefined> {
    const token = (await this.store?.get(key))?.token;
    return token === undefined || token.hash === failed.hash || this.isExpired(token) ? undefined : token;
  }

  private covering(needed: readonly string[], token: AccessToken): AccessToken {
    if (!token.hasScopes(needed)) throw new ScopeMismatch(needed, token.scopes);
    return token;
  }

  /** A scope that was thought refused and is granted again counts from now on. */
  private async noteGranted(wish: TokenWish, outcome: ScopeOutcome): Promise<void> {
    const regained = wish.registration.refusedScopes.some(({ scope }) => outcome.granted.includes(scope));
    if (regained) await this.note(wish, outcome);
  }

  private async note({ registration }: TokenWish, outcome: ScopeOutcome): Promise<void> {
    registration.refusedScopes = await this.refusals.note(registration, outcome);
  }
}
