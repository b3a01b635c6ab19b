import { Inject, Injectable, Logger } from '@nestjs/common';
import { timingSafeEqual } from 'node:crypto';
import { Clock } from '../../common/clock.js';
import { LtiEvents } from '../../common/lti-events.js';
import { harmless } from '../../common/platform-words.js';
import { LtiConfig } from '../../config/lti-config.js';
import { Leases } from '../../database/leases.js';
import { type LaunchSession } from '../../launch/sessions/launch-session.entity.js';
import { LaunchSessions } from '../../launch/sessions/launch-sessions.service.js';
import { endpointOf, type GrantClient } from '../clients/grant-client.js';
import { UserGrantClients } from '../clients/user-grant-clients.service.js';
import { GrantSeal } from '../grant-seal.js';
import { assertOpen, grantKeyOf, platformUserIdOf } from '../launched-user.js';
import { endOf } from '../tokens/fresh-grant.js';
import { grantLeaseName, grantLeaseTerms } from '../tokens/grant-lease.js';
import { GrantRevocation } from '../tokens/grant-revocation.js';
import { GrantTokenEndpoint } from '../tokens/grant-token-endpoint.js';
import { type TokenAnswer } from '../tokens/token-answer.js';
import { callbackUrl } from '../user-grant-paths.js';
import { type UserGrant } from '../user-grant.entity.js';
import { UserGrantsRepository } from '../user-grants.repository.js';
import { type ConsentState } from './consent-state.entity.js';
import { ConsentStates, digestOf } from './consent-states.repository.js';
import {
  ConsentAnswerInvalid,
  ConsentDenied,
  ConsentFailed,
  ConsentOfAnotherBrowser,
  ConsentUnverified,
  WrongUser,
} from './consent.errors.js';

/** What the platform sends the user back with. */
export interface ConsentAnswer {
  state: string | undefined;
  code: string | undefined;
  error: string | undefined;
  errorDescription: string | undefined;
}

/** What shows that the answer comes from where the question was asked. */
export type ConsentProof =
  | { browserSecret: string | undefined }
  /** A tool that receives the answer itself. */
  | { launchSessionId: string };

/** Asks users for their consent at the platform, and keeps what comes of it (RFC 6749 4.1). */
@Injectable()
export class Consents {
  private readonly logger = new Logger(Consents.name);
  private readonly ownCallback: string;

  constructor(
    private readonly states: ConsentStates,
    private readonly sessions: LaunchSessions,
    private readonly clients: UserGrantClients,
    private readonly grants: UserGrantsRepository,
    private readonly endpoint: GrantTokenEndpoint,
    private readonly revocation: GrantRevocation,
    private readonly seal: GrantSeal,
    private readonly leases: Leases,
    private readonly events: LtiEvents,
    @Inject(LtiConfig) config: LtiConfig,
    @Inject(Clock) private readonly clock: Clock,
  ) {
    this.ownCallback = callbackUrl(config.publicUrl);
  }

  /**
   * @param redirectUri where the platform sends the answer
   * @param browserSecret what the browser will bring back in its cookie; undefined where it keeps none
   * @returns the platform's consent page
   * @throws LaunchSessionNotFound, LaunchSessionRequired, LaunchHasNoUser, UserGrantClientNotFound
   */
  async begin(
    launchSessionId: string,
    { redirectUri = this.ownCallback, browserSecret }: { redirectUri?: string; browserSecret?: string },
  ): Promise<{ url: string; state: string }> {
    const session = await this.openSession(launchSessionId);
    const client = await this.clients.open(grantKeyOf(session).registrationId);
    const { provider, scopes } = client;
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
   * @throws ConsentStateUnknown, ConsentStateExpired, ConsentOfAnotherBrowser, ConsentDenied, ConsentFailed, WrongUser,
   *   ConsentUnverified, ConsentAnswerInvalid, and what the token end point's refusals are
   */
  async complete(answer: ConsentAnswer, proof: ConsentProof): Promise<UserGrant> {
    if (answer.state === undefined) throw new ConsentAnswerInvalid('state');
    const state = await this.states.consume(answer.state);
    if (!this.isProved(state, proof)) throw new ConsentOfAnotherBrowser();
    if (answer.error === 'access_denied') throw new ConsentDenied();
    if (answer.error !== undefined)
      throw new ConsentFailed(harmless(answer.error), harmless(answer.errorDescription ?? ''));
    const { code } = answer;
    if (code === undefined) throw new ConsentAnswerInvalid('code');
    const session = await this.openSession(state.launchSessionId);
    const key = grantKeyOf(session);
    const client = await this.clients.open(key.registrationId);
    // Of two windows the one that comes second has the tokens that stay: where one replaces the other's.
    const grant = await this.leases.hold(grantLeaseName(key), grantLeaseTerms, async () =>
      this.keep(session, client, state, await this.endpoint.exchange(client, code, state.redirectUri)),
    );
    this.events.publish('lti.user-grant.authorized', { ...key, isVerified: grant.status === 'active' });
    return grant;
  }

  private async keep(
    session: LaunchSession,
    client: GrantClient,
    state: ConsentState,
    answer: TokenAnswer,
  ): Promise<UserGrant> {
    const refusal = this.refusalOf(session, client, state, answer);
    if (refusal instanceof Error) {
      await this.takeBack(client, answer);
      throw refusal;
    }
    const { accessToken, refreshToken } = answer;
    const key = grantKeyOf(session);
    return this.grants.authorize({
      ...key,
      ...this.seal.seal(key, accessToken, refreshToken),
      status: refusal.isVerified ? 'active' : 'unverified',
      providerUserId: answer.providerUserId ?? null,
      scopes: answer.scopes ?? state.scopes,
      askedScopes: state.scopes,
      expiresAt: endOf(answer, refreshToken, this.clock.now()),
    });
  }

  private refusalOf(
    session: LaunchSession,
    { provider, unverified }: GrantClient,
    { browserDigest, redirectUri }: ConsentState,
    { providerUserId }: TokenAnswer,
  ): Error | { isVerified: boolean } {
    const launched = platformUserIdOf(session, provider);
    if (launched !== undefined && providerUserId !== undefined)
      return launched === providerUserId ? { isVerified: true } : new WrongUser();
    // Without a cookie whoever has the platform's URL may consent: then the id alone tells who did.
    const isAnyones = browserDigest === null && redirectUri === this.ownCallback;
    if (unverified === 'refuse' || isAnyones) return new ConsentUnverified(provider.userIdParameter);
    return { isVerified: false };
  }

  private async takeBack(client: GrantClient, tokens: TokenAnswer): Promise<void> {
    try {
      await this.revocation.revokeTokens(client, tokens);
    } catch (error) {
      this.logger.warn(`A refused consent could not be taken back at the platform: ${String(error)}`);
    }
  }

  private async openSession(id: string): Promise<LaunchSession> {
    const session = await this.sessions.get(id);
    assertOpen(session, this.clock);
    return session;
  }

  /** A state of ours is for the browser that began it; one that a tool has begun, for the launch that it says. */
  private isProved(
    { browserDigest, redirectUri, launchSessionId }: ConsentState,
    proof: ConsentProof,
  ): boolean {
    const isOurs = redirectUri === this.ownCallback;
    if ('launchSessionId' in proof) return !isOurs && launchSessionId === proof.launchSessionId;
    if (!isOurs) return false;
    if (browserDigest === null) return true;
    const { browserSecret } = proof;
    return browserSecret !== undefined && timingSafeEqual(browserDigest, digestOf(browserSecret));
  }
}
