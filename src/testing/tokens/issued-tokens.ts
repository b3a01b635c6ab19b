import { randomBytes } from 'node:crypto';
import { type Clock } from '../../common/clock.js';
import { type TokenQuirks } from '../families/family.js';

/** An access token that the platform issued. */
export interface IssuedToken {
  /** The bearer token itself. */
  readonly accessToken: string;
  /** The tool that requested it. */
  readonly clientId: string;
  /** The granted scopes. */
  readonly scopes: readonly string[];
  /** The deployment that the assertion named. The token is refused in courses of other deployments. */
  readonly deploymentId?: string;
  /** By the platform's clock. */
  readonly issuedAt: Date;
  /** By the platform's clock. A test may change it. */
  expiresAt: Date;
}

/** Every issued access token, in order, and whether it is still valid. */
export class IssuedTokens {
  readonly #tokens = new Map<string, IssuedToken>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get all(): readonly IssuedToken[] {
    return [...this.#tokens.values()];
  }

  issue(
    owner: Pick<IssuedToken, 'clientId' | 'deploymentId'>,
    scopes: readonly string[],
    lifeSeconds: number,
    format: TokenQuirks['tokenFormat'],
  ): IssuedToken {
    const issuedAt = this.#clock.now();
    const token: IssuedToken = {
      accessToken: format === 'hex' ? randomBytes(16).toString('hex') : randomBytes(32).toString('base64url'),
      ...owner,
      scopes,
      issuedAt,
      expiresAt: new Date(issuedAt.getTime() + lifeSeconds * 1000),
    };
    this.#tokens.set(token.accessToken, token);
    return token;
  }

  find(accessToken: string): IssuedToken | undefined {
    return this.#tokens.get(accessToken);
  }

  isExpired(token: IssuedToken): boolean {
    return token.expiresAt <= this.#clock.now();
  }

  expire(accessToken: string): void {
    const token = this.find(accessToken);
    if (token !== undefined && !this.isExpired(token)) token.expiresAt = this.#clock.now();
  }

  /** Forgets every token: from then on they are unknown. */
  deleteAll(): void {
    this.#tokens.clear();
  }

  expireAll(): void {
    for (const accessToken of this.#tokens.keys()) this.expire(accessToken);
  }
}
