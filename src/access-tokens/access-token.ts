import { inspect } from 'node:util';
import { createHash } from 'node:crypto';

/** While renewals fail, the present token serves until this long before its end. */
const LAST_MOMENT_MS = 5000;
const MAX_EARLY_RENEWAL_MS = 5 * 60_000;

/** The fields that an `AccessToken` is created from. */
export interface AccessTokenFields {
  /** The bearer token itself. */
  value: string;
  /** The scopes that the platform granted, which may be fewer than were requested. */
  scopes: readonly string[];
  /** The moment before the request was sent. */
  issuedAt: Date;
  /** `issuedAt` and the `expires_in` of the answer (RFC 6749 5.1). */
  expiresAt: Date;
  /** The platform answered with this token again when a new one was requested. Default: false. */
  repeated?: boolean;
  /** When a renewal was last forced by a 401 under this token's key, by the store's clock: the token was requested later. */
  forcedAt?: Date;
}

/** The life of a token. */
export type TokenLife = Pick<AccessTokenFields, 'issuedAt' | 'expiresAt' | 'repeated'>;

/**
 * A bearer token with granted scopes and an absolute expiry. Its value is not in logs, in JSON or in `inspect`.
 *
 * @example
 * const token = new AccessToken({ value, scopes: [Scope.score], issuedAt, expiresAt });
 * JSON.stringify(token); // without the value
 */
export class AccessToken {
  /** The bearer token itself, for the `Authorization` header only. */
  readonly value: string;
  /** The granted scopes, sorted, each once. */
  readonly scopes: readonly string[];
  /** The moment before the request was sent. */
  readonly issuedAt: Date;
  /** The absolute expiry. Calls stop using the token earlier: see `freshUntilMs`. */
  readonly expiresAt: Date;
  /** The platform answers with this token until its end, so a new one is not requested before (docs/tokens.md, rule 4). */
  readonly repeated: boolean;
  /** When a renewal was last forced by a 401 under its key, by the store's clock: the token was requested later. */
  readonly forcedAt?: Date;
  /** SHA-256 of the value, base64url: identifies the token where its value must not appear. */
  readonly hash: string;
  readonly #granted: ReadonlySet<string>;

  constructor({ value, scopes, issuedAt, expiresAt, repeated = false, forcedAt }: AccessTokenFields) {
    this.value = value;
    this.#granted = new Set(scopes);
    this.scopes = [...this.#granted].sort();
    this.issuedAt = issuedAt;
    this.expiresAt = expiresAt;
    this.repeated = repeated;
    if (forcedAt !== undefined) this.forcedAt = forcedAt;
    this.hash = createHash('sha256').update(value).digest('base64url');
  }

  /** Milliseconds from the request to the expiry. */
  get lifeMs(): number {
    return this.expiresAt.getTime() - this.issuedAt.getTime();
  }

  /** In epoch milliseconds; see the function of this name. */
  freshUntilMs(maxMarginMs: number): number {
    return freshUntilMs(this, maxMarginMs);
  }

  /** Whether the margin before the expiry has begun. */
  isExpired(now: Date, maxMarginMs: number): boolean {
    return now.getTime() >= this.freshUntilMs(maxMarginMs);
  }

  /** A copy with what is known of the token's renewal. */
  with(known: Pick<AccessTokenFields, 'repeated' | 'forcedAt'>): AccessToken {
    const { value, scopes, issuedAt, expiresAt } = this;
    return new AccessToken({ value, scopes, issuedAt, expiresAt, ...known });
  }

  /** Milliseconds since the token request was sent. */
  ageMs(now: Date): number {
    return now.getTime() - this.issuedAt.getTime();
  }

  /** Whether all of the scopes were granted. */
  hasScopes(needed: readonly string[]): boolean {
    // A loop, because every call of a service passes here.
    for (const scope of needed) if (!this.#granted.has(scope)) return false;
    return true;
  }

  /** Leaves the value out. */
  toJSON(): Omit<AccessTokenFields, 'value'> {
    return { scopes: this.scopes, issuedAt: this.issuedAt, expiresAt: this.expiresAt };
  }

  /** Leaves the value out, so a logged object does not show it. */
  [inspect.custom](): string {
    return `AccessToken(${this.scopes.length} scopes, until ${this.expiresAt.toISOString()})`;
  }
}

/**
 * In epoch milliseconds: `expiresAt - margin`. The margin is `maxMarginMs`, or a fifth of the token's life if that is less,
 * so that a token of 30 s can be used too. A repeated token has no margin, because the platform does not give another one.
 */
export function freshUntilMs(
  { issuedAt, expiresAt, repeated = false }: TokenLife,
  maxMarginMs: number,
): number {
  const lifeMs = expiresAt.getTime() - issuedAt.getTime();
  return expiresAt.getTime() - (repeated ? 0 : Math.min(maxMarginMs, lifeMs / 5));
}

/** In epoch milliseconds: how long a token serves while no newer one can be had (docs/tokens.md, rule 4). */
export function servesUntilMs(token: AccessToken): number {
  return token.expiresAt.getTime() - LAST_MOMENT_MS;
}

/**
 * In epoch milliseconds: when to renew in the background. This is in the fifth of the token's life before its margin, and at
 * most 5 min before the margin. The first half of that time is for the jitter, so that processes do not renew together. The
 * second half is left for the renewal. A repeated token is not renewed early.
 *
 * @param random in [0, 1)
 */
export function earlyRenewalMs(token: AccessToken, maxMarginMs: number, random: number): number {
  if (token.repeated) return Infinity;
  const windowMs = Math.min(token.lifeMs / 5, MAX_EARLY_RENEWAL_MS);
  return token.freshUntilMs(maxMarginMs) - windowMs * (1 - random / 2);
}

/** Whether both are the answer to one token request. A platform may grant the same value again, with another expiry. */
export function isSameGrant(one: AccessToken, other: AccessToken | undefined): boolean {
  return one.hash === other?.hash && one.issuedAt.getTime() === other.issuedAt.getTime();
}

/**
 * The key of a token in the cache and the store (docs/tokens.md, rule 1). The order of the scopes does not matter.
 *
 * @example
 * const key = new AccessTokenKey(registration.id, registration.revision, registration.scopes);
 */
export class AccessTokenKey {
  /** The requested scopes, sorted, each once. */
  readonly scopes: readonly string[];
  /** Registration id, revision and digest of the scopes and the deployment. Short, so that stores can use it in a key. */
  readonly id: string;

  /**
   * @param revision of the registration, so that tokens and failures of older settings are not used
   * @param deploymentId where the registration has `deploymentInAssertion`: the rights of a token may depend on it
   */
  constructor(
    /** The id of the registration. */
    readonly registrationId: string,
    /** `Registration.revision`: an edit of the registration starts with no token. */
    readonly revision: number,
    scopes: readonly string[],
    /** The deployment that the assertion names, if it names one. */
    readonly deploymentId?: string,
  ) {
    this.scopes = [...new Set(scopes)].sort();
    const text = this.scopes.join(' ');
    // No scope has a line break, so the two cannot be taken for one another.
    const digested = deploymentId === undefined ? text : `${text}\n${deploymentId}`;
    const digest = createHash('sha256').update(digested).digest('base64url').slice(0, 22);
    this.id = `${registrationId}:${revision}:${digest}`;
  }
}
