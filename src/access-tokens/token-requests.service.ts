import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { isDatabaseOutage } from '../common/database-outage.js';
import { type TokenRequestReason } from '../metrics/token-metrics.js';
import { type Registration } from '../registrations/registration.entity.js';
import {
  effectiveScopes,
  type ScopeOutcome,
  ScopeRefusals,
} from '../registrations/scope-refusals.service.js';
import { type AccessToken } from './access-token.js';
import { AccessTokenKey } from './access-token-key.js';
import { type RenewalFailure } from './stores/token-store.js';
import { errorOf, ScopeMismatch } from './access-token.errors.js';
import { TokenCache } from './token-cache.service.js';
import { TokenEvidence } from './token-evidence.js';
import { AccessTokenRefresher } from './access-token.refresher.js';

/** What a caller wants a token for, and how it hears that it caused a request. */
export interface TokenWish {
  registration: Registration;
  /** The scopes that the call needs; the request may ask for more. */
  needed: readonly string[];
  onRequest: () => void;
}

/** How the wish is to be met by a request. */
export interface TokenOrder {
  key: AccessTokenKey;
  reason: TokenRequestReason;
  /** The token that callers go on with while there is no newer one. */
  present?: AccessToken | undefined;
  /** The token that the platform refused with a 401: a renewal because of it is limited to one a minute. */
  refused?: AccessToken | undefined;
  /** What is known to stand in the way. */
  failure?: RenewalFailure | undefined;
  /** Whether a token that another process has stored meanwhile makes the request needless. */
  isUsable: (token: AccessToken) => boolean;
}

/** Asks for tokens with the right scopes, and learns from what the platform says to them. Design rules "Key" and "Scopes". */
@Injectable()
export class TokenRequests {
  private readonly logger = new Logger(TokenRequests.name);

  constructor(
    private readonly renewal: AccessTokenRefresher,
    private readonly cache: TokenCache,
    private readonly evidence: TokenEvidence,
    private readonly refusals: ScopeRefusals,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * The key, and so the scopes, to ask with: all effective ones, so that one token serves every course and service; but
   * just the needed ones when some of these were refused lately, so that asking costs one request.
   */
  keyFor({ registration, needed }: TokenWish): AccessTokenKey {
    const known = this.cache.keyOfWhole(registration);
    if (known !== undefined && needed.every((scope) => known.scopes.includes(scope))) return known;
    const effective = effectiveScopes(registration, this.clock.now());
    const scopes = needed.every((scope) => effective.includes(scope)) ? effective : needed;
    return new AccessTokenKey(registration.id, registration.revision, scopes);
  }

  /**
   * A token that covers what is needed: with all scopes or, where the platform refuses them as a whole, just the needed.
   *
   * @throws ScopeMismatch, TokenRequestRefused, TokenRequestFailed
   */
  async send(wish: TokenWish, order: TokenOrder): Promise<AccessToken> {
    const { registration, needed } = wish;
    const { key, failure } = order;
    const justNeeded = new AccessTokenKey(key.registrationId, key.revision, needed);
    const askedAt = this.clock.now();
    try {
      if (failure !== undefined) throw errorOf(failure, key.scopes, failure);
      const renewal = await this.renewal.renew({ ...order, registration, onRequest: wish.onRequest });
      this.evidence.takeBack(renewal.token);
      this.cache.keep(registration, key, renewal);
      await this.noteGranted(wish, { asked: [], granted: key.scopes, askedAt });
      return covering(needed, renewal.token);
    } catch (error) {
      if (!(error instanceof ScopeMismatch) || error.cause === undefined) throw error;
      if (needed.length === 0) throw error;
      if (key.id === justNeeded.id) {
        await this.note(wish, { asked: needed, granted: [], askedAt });
        throw error;
      }
      const token = await this.withJustNeeded(wish, { ...order, key: justNeeded, failure: undefined });
      await this.note(wish, { asked: key.scopes, granted: needed, askedAt });
      return token;
    }
  }

  /** There is one already where it could not be noted that the platform refuses the whole. */
  private async withJustNeeded(wish: TokenWish, order: TokenOrder): Promise<AccessToken> {
    const { token, isStored, isOutdated } = await this.cache.look(order.key);
    if (token === undefined || !order.isUsable(token)) return this.send(wish, order);
    if (!isOutdated) this.cache.keep(wish.registration, order.key, { token, isStored });
    return covering(wish.needed, token);
  }

  /** A scope that was thought refused and is granted again counts from now on. */
  private async noteGranted(wish: TokenWish, outcome: ScopeOutcome): Promise<void> {
    const regained = wish.registration.refusedScopes.some(({ scope }) => outcome.granted.includes(scope));
    if (regained) await this.note(wish, outcome);
  }

  private async note({ registration }: TokenWish, outcome: ScopeOutcome): Promise<void> {
    try {
      registration.refusedScopes = await this.refusals.note(registration, outcome);
    } catch (error) {
      if (!isDatabaseOutage(error)) throw error;
      // It costs a request more the next time, and the caller has the token that it came for.
      this.logger.warn(`Refused scopes of "${registration.name}" could not be noted: ${error.message}`);
    }
  }
}

/** @throws ScopeMismatch */
export function covering(needed: readonly string[], token: AccessToken): AccessToken {
  if (!token.hasScopes(needed)) throw new ScopeMismatch(needed, token.scopes);
  return token;
}
