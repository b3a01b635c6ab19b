import { createHash } from 'node:crypto';
import { inspect } from 'node:util';

export interface AccessTokenFields {
  value: string;
  /** What the platform granted, which may be less than what was asked. */
  scopes: readonly string[];
  /** The moment before the request was sent. */
  issuedAt: Date;
  expiresAt: Date;
}

/** A bearer token with granted scopes and an absolute expiry. Its value shows in no log, JSON or inspection. */
export class AccessToken {
  readonly value: string;
  readonly scopes: readonly string[];
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  /** SHA-256 of the value: names the token where the token itself must not stand. */
  readonly hash: string;

  constructor({ value, scopes, issuedAt, expiresAt }: AccessTokenFields) {
    this.value = value;
    this.scopes = [...new Set(scopes)].sort();
    this.issuedAt = issuedAt;
    this.expiresAt = expiresAt;
    this.hash = createHash('sha256').update(value).digest('base64url');
  }

  /**
   * Fresh until `expiresAt - margin`, where the margin is `maxMarginMs` or a fifth of the token's life if that is less:
   * a token that lives 30 s must be usable too.
   */
  isExpired(now: Date, maxMarginMs: number): boolean {
    const life = this.expiresAt.getTime() - this.issuedAt.getTime();
    return now.getTime() >= this.expiresAt.getTime() - Math.min(maxMarginMs, life / 5);
  }

  ageMs(now: Date): number {
    return now.getTime() - this.issuedAt.getTime();
  }

  hasScopes(needed: readonly string[]): boolean {
    return needed.every((scope) => this.scopes.includes(scope));
  }

  toJSON(): Omit<AccessTokenFields, 'value'> {
    return { scopes: this.scopes, issuedAt: this.issuedAt, expiresAt: this.expiresAt };
  }

  [inspect.custom](): string {
    return `AccessToken(${this.scopes.length} scopes, until ${this.expiresAt.toISOString()})`;
  }
}
