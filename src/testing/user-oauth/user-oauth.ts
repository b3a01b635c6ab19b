import { numericId, type UserIdStyle, writtenUserId } from './numeric-id.js';
import {
  type SimulatedUserOAuthClient,
  type SimulatedUserOAuthClientInput,
  userOAuthClientSchema,
} from './user-oauth-client.js';
import { type UploadAnswer } from './user-files.js';
import { userOAuthPaths, userPath } from './user-oauth-paths.js';
import { type UserOAuthState } from './user-oauth-state.js';
import { UserProfile } from './user-profile.js';
import { testingErrors } from '../testing.errors.js';

/**
 * The users' own API and its tokens, as tests and administrators use them.
 *
 * @example
 * lms.userOAuth.consentAs(course.instructor.userId);
 */
export class UserOAuth {
  readonly #url: string;
  readonly #state: UserOAuthState;

  constructor(platformUrl: string, state: UserOAuthState) {
    this.#url = platformUrl;
    this.#state = state;
  }

  /** The page on which a user consents. */
  get authorizeUrl(): string {
    return this.#url + userOAuthPaths.authorize;
  }

  /** For code exchange and refresh; at Canvas `DELETE` revokes here. */
  get tokenUrl(): string {
    return this.#url + userOAuthPaths.token;
  }

  /** The base URL of the API, without a slash at the end. */
  get apiUrl(): string {
    return this.#url + userOAuthPaths.api;
  }

  /** The page on which a person sees and deletes the user's tokens. */
  profileUrl(userId: string): string {
    return `${this.#url}${userPath(userId)}`;
  }

  /** The oldest first. */
  get clients(): readonly SimulatedUserOAuthClient[] {
    return [...this.#state.clients.values()];
  }

  /** Adds a client or replaces the one with this id, which keeps its tokens. @throws {ZodError} for wrong input. */
  addClient(input: SimulatedUserOAuthClientInput): SimulatedUserOAuthClient {
    const client = userOAuthClientSchema.parse(input);
    this.#state.clients.set(client.clientId, client);
    return client;
  }

  /**
   * Skips the authorization page: this user consents at once.
   *
   * @throws {NotFound} `unknown_simulated_user`
   * @example
   * lms.userOAuth.consentAs(course.instructor.userId);
   */
  consentAs(userId: string): void {
    if (this.#state.users.find(userId) === undefined) throw testingErrors.userNotFound(userId);
    this.#state.standingConsent = { userId };
  }

  /**
   * Skips the authorization page: the tool gets this error at once.
   *
   * @example
   * lms.userOAuth.refuseConsent('access_denied');
   */
  refuseConsent(error = 'access_denied'): void {
    this.#state.standingConsent = { error };
  }

  /** Shows the authorization page again. */
  showConsentPage(): void {
    this.#state.standingConsent = undefined;
  }

  /** The API's id of the user with this LTI id: the value of `$Canvas.user.id` unless `idStyle` was set. */
  idOf(userId: string): number {
    return numericId(userId);
  }

  /** The digits of the id as the API writes it now: those of `idOf`, or more of them with another `idStyle`. */
  writtenIdOf(userId: string): string {
    return String(writtenUserId(userId, this.#state.idStyle));
  }

  /** How user ids are written; numbers below 2^53 by default. */
  get idStyle(): UserIdStyle {
    return this.#state.idStyle;
  }

  set idStyle(style: UserIdStyle) {
    this.#state.idStyle = style;
  }

  /**
   * The profile of the user with this LTI id, with the user's tokens.
   *
   * @example
   * const { tokens } = lms.userOAuth.profile(course.instructor.userId);
   */
  profile(userId: string): UserProfile {
    return new UserProfile(userId, this.#state.tokens);
  }

  /** How many tokens each user has in the profile. Users without tokens are absent. */
  get tokenCounts(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { userId } of this.#state.tokens.all) counts[userId] = (counts[userId] ?? 0) + 1;
    return counts;
  }

  /**
   * Expires the access tokens of the user, or of all users. Refresh tokens stay valid.
   *
   * @returns the number of tokens
   *
   * @example
   * lms.userOAuth.expireAccessTokens(course.instructor.userId);
   */
  expireAccessTokens(userId?: string): number {
    return this.#state.tokens.expire((token) => userId === undefined || token.userId === userId);
  }

  /** The titles of the notes that were written as the user, the oldest first. */
  notesOf(userId: string): readonly string[] {
    return this.#state.notes.of(userId).map(({ title }) => title);
  }

  /** The files that were uploaded as the user and confirmed, the oldest first. */
  filesOf(userId: string): readonly { readonly name: string; readonly content: Buffer }[] {
    return this.#state.files
      .of(userId)
      .map(({ name, content }) => ({ name, content: content ?? Buffer.alloc(0) }));
  }

  /**
   * Sets how uploads continue.
   *
   * @param url the address for files; by default one of the platform, which refuses a token there
   * @param answer the answer to a file: 303 to the address of the confirmation, or 201
   */
  uploadsTo({ url, answer = 'redirect' }: { url?: string; answer?: UploadAnswer }): void {
    this.#state.files.uploadUrl = url;
    this.#state.files.uploadAnswer = answer;
  }

  /** The value of `X-Rate-Limit-Remaining`; undefined for the real one. */
  get rateLimitRemaining(): number | undefined {
    return this.#state.rateLimitRemaining;
  }

  set rateLimitRemaining(remaining: number | undefined) {
    this.#state.rateLimitRemaining = remaining;
  }
}
