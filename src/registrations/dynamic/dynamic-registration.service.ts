import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThan, Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../../common/clock.js';
import { LtiError } from '../../common/lti-error.js';
import { type Page, pageOf, type PageQuery } from '../../common/page.schema.js';
import { Conflict, InvalidRequest, PlatformRefused } from '../../common/reactions.errors.js';
import { withoutQuery } from '../../common/query.js';
import { UrlPolicy } from '../../common/url-policy.js';
import { LtiConfig } from '../../config/lti-config.js';
import { idPage } from '../../database/id-page.js';
import { LTI_DATA_SOURCE } from '../../database/lti-data-source.js';
import { platformHttpErrors } from '../../platform-http/platform-http.errors.js';
import { PlatformHttpService } from '../../platform-http/platform-http.service.js';
import { type Registration } from '../registration.entity.js';
import { RegistrationService } from '../registration.service.js';
import { DynamicRegistration } from './dynamic-registration.entity.js';
import { dynamicRegistrationErrors } from './dynamic-registration.errors.js';
import { type DynamicRegistrationView, type FinishRegistration } from './dynamic-registration.schema.js';
import { type PlatformConfiguration, readPlatformConfiguration } from './platform-configuration.js';
import { readRegistrationAnswer } from './registration-answer.js';
import { type RegistrationInvitation } from './registration-invitation.entity.js';
import { isInvited, RegistrationInvitationService } from './registration-invitation.service.js';
import { type RegistrationRequest, registrationRequest, type ToolProfile } from './registration-request.js';

/** What a platform gives an administrator's browser (Dynamic Registration 1.0, 3.2), and our own invitation. */
export interface RegistrationStart {
  configurationUrl: string;
  /** Never stored, and never part of an error. Some platforms give none. */
  registrationToken: string | undefined;
  invitation: string | undefined;
}

/** What would be registered where. Nothing is stored yet. */
export interface RegistrationPreview {
  platform: PlatformConfiguration;
  request: RegistrationRequest;
}

/** The outcome that the administrator sees. */
export interface CompletedRegistration {
  registration: Registration;
  /** Whether the registration was there before. */
  isUpdate: boolean;
  platform: PlatformConfiguration;
}

/** An administrator waits for it. */
const TIMEOUT_MS = 15_000;
const MAX_BYTES = 1024 * 1024;
/** How long settled attempts are kept. */
const KEPT_MS = 90 * 86_400_000;
/** A platform that can change these can sign launches, or get tokens, as this registration. */
const TRUSTED_SETTINGS = [
  'authorizationUrl',
  'tokenUrl',
  'jwksUrl',
  'tokenAudience',
  'idTokenAlgorithm',
] as const;

/** Registers the tool at platforms that send an administrator with their openid configuration (Dynamic Registration 1.0). */
@Injectable()
export class DynamicRegistrationService {
  constructor(
    @InjectRepository(DynamicRegistration, LTI_DATA_SOURCE)
    private readonly attempts: Repository<DynamicRegistration>,
    private readonly invitations: RegistrationInvitationService,
    private readonly registrations: RegistrationService,
    private readonly http: PlatformHttpService,
    private readonly urlPolicy: UrlPolicy,
    @Inject(LtiConfig) private readonly config: LtiConfig,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Reads what the platform offers, for an administrator to confirm.
   *
   * @throws {AccessDenied} `registration_invitation_required`, `registration_invitation_invalid`, `registration_issuer_not_allowed`
   * @throws {UnsafeUrl} `unsafe_url`, {PlatformAnswerInvalid}, {PlatformRefused}, {Unavailable} of the platform
   */
  async preview(start: RegistrationStart, tool: ToolProfile): Promise<RegistrationPreview> {
    return this.read(start, tool, await this.invitations.find(start.invitation));
  }

  /**
   * Registers the tool. A client id that is registered already is updated: so Canvas answers when an administrator repeats it.
   *
   * @throws as `preview`; {PlatformRefused} `registration_refused`; {PlatformAnswerInvalid} `registration_answer_invalid`,
   *   `registration_answer_foreign`; {Conflict} `registration_confirmation_required`, `dynamic_registration_settled`
   */
  async register(start: RegistrationStart, tool: ToolProfile): Promise<CompletedRegistration> {
    const invitation = await this.invitations.find(start.invitation);
    const { platform, request } = await this.read(start, tool, invitation);
    if (invitation !== undefined) await this.invitations.use(invitation);
    const attempt = await this.record(platform, request, invitation);
    const answer = await this.ask(attempt, platform, request, start, invitation);
    const { affected } = await this.attempts.update(
      { id: attempt.id, status: 'sent' },
      {
        status: 'answered',
        clientId: answer.clientId,
        deploymentId: answer.deploymentId ?? null,
        ...(answer.scopes !== undefined &&
          answer.scopes.length > 0 && { requestedScopes: [...answer.scopes] }),
      },
    );
    const answered = await this.get(attempt.id);
    if (affected === 0) throw dynamicRegistrationErrors.settled(answered.id, answered.status);
    await this.refuseDoubtful(answered);
    return this.store(answered);
  }

  /** The newest first, unless the query has another order. */
  async list(query: PageQuery): Promise<Page<DynamicRegistrationView>> {
    const { after, ...page } = idPage(query);
    const rows = await this.attempts.find({ where: after, ...page });
    return pageOf(rows, query.limit, ({ id }) => id, viewDynamicRegistration);
  }

  /**
   * Stores the registration of an attempt whose answer or commit was lost.
   *
   * @param input `clientId` as the platform shows it, unless its answer came
   * @throws {NotFound} `dynamic_registration_not_found`, {Conflict} `dynamic_registration_settled`, InvalidRequest
   */
  async finish(id: string, input: FinishRegistration): Promise<DynamicRegistrationView> {
    const attempt = await this.unsettled(id);
    const clientId = input.clientId ?? attempt.clientId;
    if (clientId === null) {
      const message = 'is needed: the answer of the platform did not come. Look it up in the platform';
      throw InvalidRequest.of([{ field: 'clientId', message }]);
    }
    const deploymentId = input.deploymentId ?? attempt.deploymentId;
    await this.store(Object.assign(attempt, { clientId, deploymentId }));
    return viewDynamicRegistration(await this.get(id));
  }

  /** Gives an attempt up. @throws {NotFound} `dynamic_registration_not_found`, {Conflict} `dynamic_registration_settled` */
  async discard(id: string): Promise<void> {
    const { status } = await this.unsettled(id);
    const { affected } = await this.attempts.update(
      { id, status },
      { status: 'discarded', settledAt: this.clock.now() },
    );
    if (affected === 0) throw dynamicRegistrationErrors.settled(id, (await this.get(id)).status);
  }

  /**
   * A platform chooses the client id of its answer. With that of another platform it would get assertions that are valid there,
   * and with changed URLs it could take a registration over. Then the operator decides, by `finish`.
   *
   * @throws {Conflict} `registration_confirmation_required`
   */
  private async refuseDoubtful({ id, issuer, clientId, configuration }: DynamicRegistration): Promise<void> {
    const known = await this.registrations.ofClient(clientId ?? '');
    const isForeign = known.some((registration) => registration.issuer !== issuer);
    const isChanged = known.some(
      (registration) =>
        registration.deletedAt === null &&
        TRUSTED_SETTINGS.some((name) => registration[name] !== (configuration[name] ?? null)),
    );
    if (!isForeign && !isChanged) return;
    const reason = isForeign
      ? 'by a registration of another platform'
      : 'the registration has other URLs or another algorithm';
    const doubt = dynamicRegistrationErrors.confirmationRequired(id, reason);
    await this.attempts.update({ id }, { error: doubt.message });
    throw doubt;
  }

  private async read(
    { configurationUrl, registrationToken }: RegistrationStart,
    tool: ToolProfile,
    invitation: RegistrationInvitation | undefined,
  ): Promise<RegistrationPreview> {
    const url = this.urlPolicy.check(configurationUrl);
    // Before the platform is called: with an invitation for others, nobody makes us call a host.
    if (!isInvited(invitation, url.hostname)) throw dynamicRegistrationErrors.issuerNotAllowed(url.hostname);
    // As it is written: at Canvas its query holds the token.
    const response = await this.http.send({
      method: 'GET',
      url: configurationUrl,
      headers: { accept: 'application/json', ...bearer(registrationToken) },
      timeoutMs: TIMEOUT_MS,
      outsideLimits: true,
    });
    checkSize(response);
    if (response.status !== 200) throw dynamicRegistrationErrors.configurationRefused(response.status);
    const platform = readPlatformConfiguration(response.body, url, this.urlPolicy);
    const issuers = invitation?.allowedIssuers ?? [];
    if (issuers.length > 0 && !issuers.includes(platform.issuer)) {
      throw dynamicRegistrationErrors.issuerNotAllowed(new URL(platform.issuer).host);
    }
    const request = registrationRequest(platform, tool);
    const { request: hook } = this.config.dynamicRegistration;
    return { platform, request: hook === undefined ? request : await hook(request, platform) };
  }

  private async record(
    platform: PlatformConfiguration,
    request: RegistrationRequest,
    invitation: RegistrationInvitation | undefined,
  ): Promise<{ id: string }> {
    const id = uuidv7();
    await this.attempts.delete({ settledAt: LessThan(new Date(this.clock.nowMs() - KEPT_MS)) });
    await this.attempts.insert({
      id,
      invitationId: invitation?.id ?? null,
      status: 'sent',
      issuer: platform.issuer,
      // An object literal: TypeORM's type of a jsonb value takes no lists that are read-only.
      // Without the query of the registration URL: at Blackboard it holds the token.
      configuration: {
        ...platform,
        registrationUrl: withoutQuery(new URL(platform.registrationUrl)).href,
      } as DynamicRegistration['configuration'] & object,
      requestedScopes: request.scope.split(' ').filter((scope) => scope !== ''),
      createdAt: this.clock.now(),
    });
    return { id };
  }

  private async ask(
    { id }: { id: string },
    platform: PlatformConfiguration,
    request: RegistrationRequest,
    { registrationToken }: RegistrationStart,
    invitation: RegistrationInvitation | undefined,
  ) {
    try {
      const response = await this.http.send({
        method: 'POST',
        url: platform.registrationUrl,
        headers: {
          accept: 'application/json',
          'content-type': 'application/json',
          ...bearer(registrationToken),
        },
        body: JSON.stringify(request),
        timeoutMs: TIMEOUT_MS,
        outsideLimits: true,
      });
      checkSize(response);
      const { status, body } = response;
      return readRegistrationAnswer({ status, body: withoutToken(body, registrationToken) }, request);
    } catch (error) {
      // A refusal is final; after any other failure the platform may have stored the tool.
      const isRefused = error instanceof PlatformRefused;
      await this.attempts.update(
        { id },
        {
          error: error instanceof LtiError ? error.message : 'An error of this tool; its log has the reason.',
          ...(isRefused && { status: 'refused', settledAt: this.clock.now() }),
        },
      );
      if (isRefused && invitation !== undefined) await this.invitations.release(invitation);
      throw error;
    }
  }

  private async store(attempt: DynamicRegistration): Promise<CompletedRegistration> {
    const { id, configuration: platform, clientId, deploymentId } = attempt;
    const deployments = deploymentId === null ? [] : [deploymentId];
    const fields = {
      authorizationUrl: platform.authorizationUrl,
      tokenUrl: platform.tokenUrl,
      jwksUrl: platform.jwksUrl,
      tokenAudience: platform.tokenAudience,
      idTokenAlgorithm: platform.idTokenAlgorithm,
      platformFamily: platform.platformFamily,
      ...(attempt.requestedScopes.length > 0 && { scopes: attempt.requestedScopes }),
    };
    const name = new URL(platform.issuer).host;
    const created = { ...fields, name, issuer: platform.issuer, clientId: clientId ?? '', deployments };
    let registration: Registration;
    let isUpdate = false;
    try {
      registration = await this.registrations.create(created);
      if (deployments.length === 0) await this.registrations.awaitDeployment(registration.id);
    } catch (error) {
      const existing = existingOf(error);
      if (existing === undefined) throw error;
      isUpdate = true;
      const before = (await this.registrations.get(existing)).deployments
        .filter(({ status }) => status === 'active')
        .map((deployment) => deployment.deploymentId);
      const all = [...new Set([...before, ...deployments])];
      registration = await this.registrations.update(existing, { ...fields, deployments: all });
      if (all.length === 0) await this.registrations.awaitDeployment(existing);
    }
    await this.attempts.update(
      { id },
      {
        status: 'stored',
        clientId,
        deploymentId,
        registrationId: registration.id,
        error: null,
        settledAt: this.clock.now(),
      },
    );
    return { registration, isUpdate, platform };
  }

  private async unsettled(id: string): Promise<DynamicRegistration> {
    const attempt = await this.get(id);
    if (attempt.status !== 'sent' && attempt.status !== 'answered') {
      throw dynamicRegistrationErrors.settled(id, attempt.status);
    }
    return attempt;
  }

  private async get(id: string): Promise<DynamicRegistration> {
    const attempt = await this.attempts.findOneBy({ id });
    if (attempt === null) throw dynamicRegistrationErrors.notFound(id);
    return attempt;
  }
}

function existingOf(error: unknown): string | undefined {
  if (!(error instanceof Conflict) || error.code !== 'registration_exists') return undefined;
  return String(error.details().id);
}

function bearer(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

function checkSize({ body, url }: { body: string; url: string }): void {
  if (Buffer.byteLength(body) > MAX_BYTES) throw platformHttpErrors.tooLarge(new URL(url), MAX_BYTES);
}

/** A platform may repeat the token in its answer, from which an error may quote. */
function withoutToken(body: string, token: string | undefined): string {
  return token === undefined || token === '' ? body : body.replaceAll(token, '(token)');
}

function viewDynamicRegistration(attempt: DynamicRegistration): DynamicRegistrationView {
  const { id, status, issuer, clientId, deploymentId, registrationId, invitationId, error } = attempt;
  return {
    id,
    status,
    issuer,
    platformFamily: attempt.configuration.platformFamily,
    clientId,
    deploymentId,
    registrationId,
    invitationId,
    error,
    createdAt: attempt.createdAt.toISOString(),
    settledAt: attempt.settledAt?.toISOString() ?? null,
  };
}
