import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { freshUntilMs } from './token-freshness.js';

export interface AccessTokenFields {
  value: string;
  /** What the platform granted, which may be less than what was asked. */
  scopes: readonly string[];
  /** The moment before the request was sent. */
  issuedAt: Date;
  expiresAt: Date;
  /** The platform answered with this token again when it was asked for a new one. Default: false. */
  repeated?: boolean;
  /** When a renewal was last forced by a 401 under this token's key, by the store's clock: the token was requested later. */
  forcedAt?: Date;
}

/** A bearer token with granted scopes and an absolute expiry. Its value shows in no log, JSON or inspection. */
export class AccessToken {
  readonly value: string;
  readonly scopes: readonly string[];
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  /** Asking again before its end would be in vain: design rule "Early renewal". */
  readonly repeated: boolean;
  /** When a renewal was last forced by a 401 under its key, by the store's clock: the token was requested later. */
  readonly forcedAt?: Date;
  /** SHA-256 of the value: names the token where the token itself must not stand. */
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

  /** From its request on. */
  get lifeMs(): number {
    return this.expiresAt.getTime() - this.issuedAt.getTime();
  }

  /** In epoch milliseconds; see the function of this name. */
  freshUntilMs(maxMarginMs: number): number {
    return freshUntilMs(this, maxMarginMs);
  }

  isExpired(now: Date, maxMarginMs: number): boolean {
    return now.getTime() >= this.freshUntilMs(maxMarginMs);
  }

  /** The same token, with what is known of its renewal. */
  with(known: Pick<AccessTokenFields, 'repeated' | 'forcedAt'>): AccessToken {
    const { value, scopes, issuedAt, expiresAt } = this;
    return new AccessToken({ value, scopes, issuedAt, expiresAt, ...known });
  }

  ageMs(now: Date): number {
    return now.getTime() - this.issuedAt.getTime();
  }

  hasScopes(needed: readonly string[]): boolean {
    // A loop, for this is on the way of every call of a service.
    for (const scope of needed) if (!this.#granted.has(scope)) return false;
    return true;
  }

  toJSON(): Omit<AccessTokenFields, 'value'> {
    return { scopes: this.scopes, issuedAt: this.issuedAt, expiresAt: this.expiresAt };
  }

  [inspect.custom](): string {
    return `AccessToken(${this.scopes.length} scopes, until ${this.expiresAt.toISOString()})`;
  }
}
