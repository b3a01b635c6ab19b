import { Inject, Injectable, Logger } from '@nestjs/common';
import { isEqualInConstantTime } from '../../common/constant-time.js';
import { Clock } from '../../common/clock.js';
import { LtiError } from '../../common/lti-error.js';
import { LtiEvents } from '../../common/lti-events.js';
import { harmless } from '../../common/platform-words.js';
import { LtiConfig } from '../../config/lti-config.js';
import { Leases } from '../../database/leases.js';
import { type LaunchSession } from '../../launch/sessions/launch-session.entity.js';
import { LaunchSessionService } from '../../launch/sessions/launch-session.service.js';
import { endpointOf, type GrantClient } from '../clients/grant-client.js';
import { UserGrantClientService } from '../clients/user-grant-client.service.js';
import { GrantCipher } from '../grant-cipher.js';
import { assertNamesUser, assertOpen, grantKeyOf, platformUserIdOf } from '../launched-user.js';
import { endOf } from '../tokens/fresh-grant.js';
import { grantLeaseName, grantLeaseTerms } from '../tokens/grant-lease.js';
import { GrantRevocation } from '../tokens/grant-revocation.js';
import { GrantTokenEndpoint } from '../tokens/grant-token-endpoint.js';
import { type TokenAnswer } from '../tokens/token-answer.js';
import { callbackUrl } from '../user-grant-paths.js';
import { type UserGrant } from '../user-grant.entity.js';
import { UserGrantsRepository } from '../user-grants.repository.js';
import { AuthorizeLinks } from './authorize-links.js';
import { type ConsentState } from './consent-state.entity.js';
import { ConsentStateRepository, digestOf } from './consent-state.repository.js';
import { consentErrors } from './consent.errors.js';

/** The parameters with which the platform redirects the user back. */
export interface ConsentAnswer {
  /** From `begin`. It can be used once. */
  state: string | undefined;
  /** The authorization code (RFC 6749 4.1.2). Undefined in an error. */
  code: string | undefined;
  /** Such as `access_denied` (RFC 6749 4.1.2.1). */
  error: string | undefined;
  /** The platform's own words. */
  errorDescription: string | undefined;
}

/** The proof that the answer comes from the browser or launch that began the consent. */
export type ConsentProof =
  | { browserSecret: string | undefined }
  /** A tool that receives the answer itself. */
  | { launchSessionId: string };

/** The result of a consent: a grant, or tokens of another user than the launched one. */
type Kept =
  | { grant: UserGrant; refused?: undefined }
  | { grant?: undefined; refused: { error: LtiError; answer: TokenAnswer } };

/**
 * Asks users for their consent at the platform, and stores the grants (RFC 6749 4.1).
 *
 * @example
 * const { url } = await consent.begin(session.id, { redirectUri: 'https://tool.example.edu/callback' });
 */
@Injectable()
export class ConsentService {
  private readonly logger = new Logger(ConsentService.name);
  private readonly ownCallback: string;

  constructor(
    private readonly states: ConsentStateRepository,
    private readonly sessions: LaunchSessionService,
    private readonly clients: UserGrantClientService,
    private readonly grants: UserGrantsRepository,
    private readonly endpoint: GrantTokenEndpoint,
    private readonly revocation: GrantRevocation,
    private readonly cipher: GrantCipher,
    private readonly leases: Leases,
    private readonly events: LtiEvents,
    private readonly links: AuthorizeLinks,
    @Inject(LtiConfig) config: LtiConfig,
    @Inject(Clock) private readonly clock: Clock,
  ) {
    this.ownCallback = callbackUrl(config.publicUrl);
  }

  /**
   * Begins a consent: open the returned page in the user's browser. nest-lti's own pages do this, too.
   *
   * @param redirectUri where the platform sends the answer; default: the callback of nest-lti
   * @param browserSecret the secret in the browser's cookie; undefined if it keeps no cookie
   * @returns the platform's consent page
   * @throws {Conflict} `launch_has_no_user`
   * @throws {NotFound} `launch_session_not_found`, `user_grant_client_not_found`
   * @throws {AccessDenied} `launch_session_revoked`, `launch_session_expired`
   * @throws {ConsentRefused} `user_grant_unverified`
   * @example
   * const { url, state } = await consent.begin(session.id, { redirectUri: 'https://tool.example.edu/callback' });
   */
  async begin(
    launchSessionId: string,
    { redirectUri = this.ownCallback, browserSecret }: { redirectUri?: string; browserSecret?: string },
  ): Promise<{ url: string; state: string }> {
    const session = await this.openSession(launchSessionId);
    const client = await this.clients.open(grantKeyOf(session).registrationId);
    const { provider, scopes } = client;
    // Checked before the consent, because at Canvas a consent ends the tokens that its user already has.
    if (
      isAnyones({ hasBrowserSecret: browserSecret !== undefined, isOurs: redirectUri === this.ownCallback })
    )
      assertNamesUser(session, { provider, unverified: 'refuse' });
    else assertNamesUser(session, client);
    const state = await this.states.begin({ launchSessionId, browserSecret, redirectUri, scopes });
    const url = endpointOf(client, provider.authorizeUrl);
    const parameters = {
      ...provider.authorizeParameters,
      ...client.authorizeParameters,
      client_id: client.clientId,
      response_type: 'code',
      redirect_uri: redirectUri,
      state,
      ...(scopes.length > 0 && { scope: scopes.join(provider.scopeSeparator) }),
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return { url: url.href, state };
  }

  /**
   * Exchanges the code of the platform's answer, and stores the grant.
   *
   * @throws {ConsentRefused} `user_grant_state_unknown`, `user_grant_state_expired`, `user_grant_other_browser`,
   *   `user_grant_denied`, `user_grant_consent_failed`, `user_grant_wrong_user`, `user_grant_masqueraded`,
   *   `user_grant_unverified`, `user_grant_answer_invalid`; and the code of a temporary failure of the platform, with a
   *   new `authorizeUrl`
   * @throws the errors of the token endpoint
   * @example
   * const answer = { state, code, error: undefined, errorDescription: undefined };
   * const grant = await consent.complete(answer, { launchSessionId: session.id });
   */
  async complete(answer: ConsentAnswer, proof: ConsentProof): Promise<UserGrant> {
    if (answer.state === undefined) throw consentErrors.answerInvalid('state');
    const state = await this.states.consume(answer.state);
    if (!this.isProved(state, proof)) throw consentErrors.otherBrowser();
    if (answer.error === 'access_denied') throw consentErrors.denied();
    if (answer.error !== undefined)
      throw consentErrors.failed(harmless(answer.error), harmless(answer.errorDescription ?? ''));
    const { code } = answer;
    if (code === undefined) throw consentErrors.answerInvalid('code');
    try {
      return await this.exchange(code, state);
    } catch (error) {
      const isTemporary = error instanceof LtiError && error.retryAt !== undefined;
      if (!isTemporary || state.redirectUri !== this.ownCallback) throw error;
      throw consentErrors.interrupted(error, this.links.urlFor(state.launchSessionId));
    }
  }

  private async exchange(code: string, state: ConsentState): Promise<UserGrant> {
    const session = await this.openSession(state.launchSessionId);
    const key = grantKeyOf(session);
    const client = await this.clients.open(key.registrationId);
    // If a user consents in two windows, the tokens that are issued last must be stored last: they may replace the others.
    const { grant, refused } = await this.leases.hold(grantLeaseName(key), grantLeaseTerms, async () =>
      this.keep(session, client, state, await this.endpoint.exchange(client, code, state.redirectUri)),
    );
    if (refused !== undefined) {
      await this.giveBack(client, state, refused.answer);
      throw refused.error;
    }
    this.events.publish('lti.user-grant.authorized', { ...key, isVerified: grant.status === 'active' });
    return grant;
  }

  private async keep(
    session: LaunchSession,
    client: GrantClient,
    state: ConsentState,
    answer: TokenAnswer,
  ): Promise<Kept> {
    const refusal = this.refusalOf(session, client, state, answer);
    if (refusal instanceof Error) return { refused: { error: refusal, answer } };
    const { accessToken, refreshToken } = answer;
    const key = grantKeyOf(session);
    const grant = await this.grants.authorize({
      ...key,
      ...this.cipher.encrypt(key, accessToken, refreshToken),
      userGrantClientId: client.id,
      status: refusal.isVerified ? 'active' : 'unverified',
      providerUserId: answer.providerUserId ?? null,
      scopes: answer.scopes ?? state.scopes,
      askedScopes: state.scopes,
      expiresAt: endOf(answer, refreshToken, this.clock.now()),
    });
    return { grant };
  }

  private refusalOf(
    session: LaunchSession,
    { provider, unverified }: GrantClient,
    { browserDigest, redirectUri }: ConsentState,
    { providerUserId, isMasquerade }: TokenAnswer,
  ): LtiError | { isVerified: boolean } {
    if (isMasquerade) return consentErrors.masqueraded();
    const launched = platformUserIdOf(session, provider);
    if (launched !== undefined && providerUserId !== undefined)
      return launched === providerUserId ? { isVerified: true } : consentErrors.wrongUser();
    const isOurs = redirectUri === this.ownCallback;
    if (unverified === 'refuse' || isAnyones({ hasBrowserSecret: browserDigest !== null, isOurs }))
      return consentErrors.unverified(provider.userIdParameter);
    return { isVerified: false };
  }

  /**
   * Handles tokens of a user who is not the launched user. Where each consent replaces the user's tokens (Canvas), the stored
   * tokens of that user's verified grant with this client no longer work, so the new tokens are stored in that grant. Otherwise
   * the new tokens are revoked.
   */
  private async giveBack(client: GrantClient, state: ConsentState, answer: TokenAnswer): Promise<void> {
    const { providerUserId, isMasquerade } = answer;
    const owner =
      providerUserId === undefined || isMasquerade
        ? null
        : await this.grants.findVerified(client, providerUserId);
    if (owner !== null && (await this.replaceTokens(owner, state, answer))) return;
    await this.takeBack(client, answer);
  }

  private replaceTokens(owner: UserGrant, state: ConsentState, answer: TokenAnswer): Promise<boolean> {
    const { accessToken, refreshToken } = answer;
    return this.leases.hold(grantLeaseName(owner), grantLeaseTerms, () =>
      this.grants.replaceTokens(owner, {
        ...this.cipher.encrypt(owner, accessToken, refreshToken),
        scopes: answer.scopes ?? state.scopes,
        askedScopes: state.scopes,
        expiresAt: endOf(answer, refreshToken, this.clock.now()),
      }),
    );
  }

  private async takeBack(client: GrantClient, tokens: TokenAnswer): Promise<void> {
    try {
      await this.revocation.revokeTokens(client, tokens);
    } catch (error) {
      this.logger.warn(`A refused consent could not be revoked at the platform: ${String(error)}`);
    }
  }

  private async openSession(id: string): Promise<LaunchSession> {
    const session = await this.sessions.get(id);
    assertOpen(session, this.clock);
    return session;
  }

  /** A state that nest-lti began belongs to its browser. A state that the tool began belongs to its launch session. */
  private isProved(
    { browserDigest, redirectUri, launchSessionId }: ConsentState,
    proof: ConsentProof,
  ): boolean {
    const isOurs = redirectUri === this.ownCallback;
    if ('launchSessionId' in proof) return !isOurs && launchSessionId === proof.launchSessionId;
    if (!isOurs) return false;
    if (browserDigest === null) return true;
    const { browserSecret } = proof;
    return browserSecret !== undefined && isEqualInConstantTime(browserDigest, digestOf(browserSecret));
  }
}

/** Without a cookie, any person with the platform's URL can consent, so only the user id in the answer shows who did. */
function isAnyones({ hasBrowserSecret, isOurs }: { hasBrowserSecret: boolean; isOurs: boolean }): boolean {
  return isOurs && !hasBrowserSecret;
}
