import { numericId } from './numeric-id.js';
import { type UserToken, type UserTokens } from './user-tokens.js';
import { testingErrors } from '../testing.errors.js';

/** A token as the profile shows it, without the token itself. */
export interface ProfileToken {
  /** For `deleteToken`. */
  readonly id: number;
  /** The client that requested it. */
  readonly clientId: string;
  /** The parameter `purpose` of the authorization. */
  readonly purpose: string | undefined;
  /** The granted scopes. */
  readonly scopes: readonly string[];
  /** Time of the consent. */
  readonly createdAt: Date;
  /** When the access token expires. */
  readonly expiresAt: Date;
  /** Time of the last call with it. */
  readonly lastUsedAt: Date | undefined;
}

/**
 * A user's profile: the tokens that the user has allowed.
 *
 * @example
 * expect(lms.userOAuth.profile(course.instructor.userId).tokens).toHaveLength(1);
 */
export class UserProfile {
  /** The user id of LTI (`sub`). */
  readonly userId: string;
  readonly #tokens: UserTokens;

  constructor(userId: string, tokens: UserTokens) {
    this.userId = userId;
    this.#tokens = tokens;
  }

  /** The user's id in the platform's own API. */
  get id(): number {
    return numericId(this.userId);
  }

  /** The oldest first. */
  get tokens(): readonly ProfileToken[] {
    return this.#tokens.of(this.userId).map(shown);
  }

  /**
   * Deletes a token as the user does by hand.
   *
   * @throws {NotFound} `unknown_simulated_user_token`
   * @example
   * const profile = lms.userOAuth.profile(course.instructor.userId);
   * for (const { id } of profile.tokens) profile.deleteToken(id);
   */
  deleteToken(id: number): void {
    const token = this.#tokens.of(this.userId).find((each) => each.id === id);
    if (token === undefined) throw testingErrors.userTokenNotFound(id, this.userId);
    this.#tokens.delete(token);
  }
}

function shown({ id, client, purpose, scopes, createdAt, expiresAt, lastUsedAt }: UserToken): ProfileToken {
  return { id, clientId: client.clientId, purpose, scopes, createdAt, expiresAt, lastUsedAt };
}
