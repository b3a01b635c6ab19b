import { randomBytes } from 'node:crypto';
import { type Clock } from '../../common/clock.js';
import { type SimulatedUserOAuthClient } from './user-oauth-client.js';
import { UserTokenRefused } from './user-oauth.errors.js';
import { type Permission } from './user-tokens.js';

const lifeMs = 10 * 60 * 1000;

interface Code {
  readonly permission: Permission;
  readonly redirectUri: string;
  readonly expiresAt: Date;
  isUsed: boolean;
}

/** The authorization codes (RFC 6749 4.1.2): valid for ten minutes, once, for one client and address. */
export class AuthorizationCodes {
  readonly #clock: Clock;
  readonly #codes = new Map<string, Code>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  issue(permission: Permission, redirectUri: string): string {
    const code = randomBytes(32).toString('hex');
    const expiresAt = new Date(this.#clock.nowMs() + lifeMs);
    this.#codes.set(code, { permission, redirectUri, expiresAt, isUsed: false });
    return code;
  }

  /** The consent of the code, which is used up then. @throws {UserTokenRefused} */
  redeem(code: string, client: SimulatedUserOAuthClient, redirectUri: string): Permission {
    const known = this.#codes.get(code);
    if (known === undefined) throw new UserTokenRefused('unknown_code');
    if (known.isUsed) throw new UserTokenRefused('used_code');
    if (known.expiresAt <= this.#clock.now()) throw new UserTokenRefused('expired_code');
    if (known.permission.client.clientId !== client.clientId) {
      throw new UserTokenRefused('code_of_another_client');
    }
    if (known.redirectUri !== redirectUri) throw new UserTokenRefused('wrong_redirect_uri');
    known.isUsed = true;
    return known.permission;
  }
}
