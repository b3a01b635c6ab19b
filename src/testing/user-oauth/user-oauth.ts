import { numericId, type UserIdStyle, writtenUserId } from './numeric-id.js';
import {
  type SimulatedUserOAuthClient,
  type SimulatedUserOAuthClientInput,
  userOAuthClientSchema,
} from './user-oauth-client.js';
import { type UploadAnswer } from './user-files.js';
import { userOAuthPaths } from './user-oauth-paths.js';
import { type UserOAuthState } from './user-oauth-state.js';
import { UnknownSimulatedUser } from './user-oauth.errors.js';
import { UserProfile } from './user-profile.js';

/** What tests and administrators do with the users' own API and its tokens. */
export class UserOAuth {
  readonly #url: string;
  readonly #state: UserOAuthState;

  constructor(platformUrl: string, state: UserOAuthState) {
    this.#url = platformUrl;
    this.#state = state;
  }

  get authorizeUrl(): string {
    return this.#url + userOAuthPaths.authorize;
  }

  /** For code exchange and refresh; at Canvas `DELETE` revokes here. */
  get tokenUrl(): string {
    return this.#url + userOAuthPaths.token;
  }

  /** What calls to the API begin with, without a slash at the end. */
  get apiUrl(): string {
    return this.#url + userOAuthPaths.api;
  }

  /** Where a person sees the user's tokens and deletes them. */
  profileUrl(userId: string): string {
    return `${this.#url}${userOAuthPaths.profile}?${new URLSearchParams({ user: userId }).toString()}`;
  }

  get clients(): readonly SimulatedUserOAuthClient[] {
    return [...this.#state.clients.values()];
  }

  /** Adds a client, or sets it anew when there is one with this id: tokens that it has stay. @throws ZodError */
  addClient(input: SimulatedUserOAuthClientInput): SimulatedUserOAuthClient {
    const client = userOAuthClientSchema.parse(input);
    this.#state.clients.set(client.clientId, client);
    return client;
  }

  /** From now on the authorization page is not shown: this user allows at once. @throws UnknownSimulatedUser */
  consentAs(userId: string): void {
    if (this.#state.users.find(userId) === undefined) throw new UnknownSimulatedUser(userId);
    this.#state.standingConsent = { userId };
  }

  /** From now on the authorization page is not shown: the tool is sent this error at once. */
  refuseConsent(error = 'access_denied'): void {
    this.#state.standingConsent = { error };
  }

  /** The authorization page is shown again. */
  showConsentPage(): void {
    this.#state.standingConsent = undefined;
  }

  /** The id that the API has for the user with this LTI id; what `$Canvas.user.id` stands for unless `idStyle` was set. */
  idOf(userId: string): number {
    return numericId(userId);
  }

  /** The digits of the id as the API writes it at present: those of `idOf`, or more of them where `idStyle` says so. */
  writtenIdOf(userId: string): string {
    return String(writtenUserId(userId, this.#state.idStyle));
  }

  /** How ids of people are written; numbers below 2^53 at first. */
  get idStyle(): UserIdStyle {
    return this.#state.idStyle;
  }

  set idStyle(style: UserIdStyle) {
    this.#state.idStyle = style;
  }

  profile(userId: string): UserProfile {
    return new UserProfile(userId, this.#state.tokens);
  }

  /** How many tokens each user has in the profile; who has none is missing. */
  get tokenCounts(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { userId } of this.#state.tokens.all) counts[userId] = (counts[userId] ?? 0) + 1;
    return counts;
  }

  /** Ends the life of the user's access tokens, or of everybody's; refresh tokens stay good. @returns how many it were */
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
   * How uploads go on from now on.
   *
   * @param url where files are to be sent to; where not given, to the platform itself, which refuses a token there
   * @param answer what the platform says to a file: 303 to where it is to be confirmed, or 201
   */
  uploadsTo({ url, answer = 'redirect' }: { url?: string; answer?: UploadAnswer }): void {
    this.#state.files.uploadUrl = url;
    this.#state.files.uploadAnswer = answer;
  }

  /** What `X-Rate-Limit-Remaining` is to say; undefined: the truth. */
  get rateLimitRemaining(): number | undefined {
    return this.#state.rateLimitRemaining;
  }

  set rateLimitRemaining(remaining: number | undefined) {
    this.#state.rateLimitRemaining = remaining;
  }
}
