import { Inject, Injectable } from '@nestjs/common';
import { PlatformRefused } from '../../common/reactions.errors.js';
import { UrlPolicy } from '../../common/url-policy.js';
import { LtiConfig } from '../../config/lti-config.js';
import { PlatformHttpService } from '../../platform-http/platform-http.service.js';
import { dynamicRegistrationErrors } from './dynamic-registration.errors.js';
import { type PlatformConfiguration, readPlatformConfiguration } from './platform-configuration.js';
import { readRegistrationAnswer } from './registration-answer.js';
import { type CompletedRegistration, RegistrationAttemptService } from './registration-attempt.service.js';
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

/** An administrator waits for it, and the platform may be anyone's. */
const BOUNDS = { timeoutMs: 15_000, maxResponseBytes: 1024 * 1024, outsideLimits: true } as const;

/** Registers the tool at platforms that send an administrator with their openid configuration (Dynamic Registration 1.0). */
@Injectable()
export class DynamicRegistrationService {
  constructor(
    private readonly attempts: RegistrationAttemptService,
    private readonly invitations: RegistrationInvitationService,
    private readonly http: PlatformHttpService,
    private readonly urlPolicy: UrlPolicy,
    @Inject(LtiConfig) private readonly config: LtiConfig,
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
    const id = await this.attempts.record(platform, request, invitation);
    const answer = await this.ask(id, platform, request, start, invitation);
    return this.attempts.complete(id, answer);
  }

  private async read(
    { configurationUrl, registrationToken }: RegistrationStart,
    tool: ToolProfile,
    invitation: RegistrationInvitation | undefined,
  ): Promise<RegistrationPreview> {
    const url = this.urlPolicy.check(configurationUrl);
    // Before the platform is called: an invitation for another platform must not make this tool call a host.
    if (!isInvited(invitation, url.hostname)) throw dynamicRegistrationErrors.issuerNotAllowed(url.hostname);
    // As it is written: at Canvas its query holds the token.
    const response = await this.http.send({
      method: 'GET',
      url: configurationUrl,
      headers: { accept: 'application/json', ...bearer(registrationToken) },
      ...BOUNDS,
    });
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

  private async ask(
    id: string,
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
        ...BOUNDS,
      });
      const { status, body } = response;
      return readRegistrationAnswer({ status, body: withoutToken(body, registrationToken) }, request);
    } catch (error) {
      if (error instanceof PlatformRefused) await this.attempts.refuse(id, error, invitation);
      else await this.attempts.fail(id, error);
      throw error;
    }
  }
}

function bearer(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/** A platform may repeat the token in its answer, from which an error may quote. */
function withoutToken(body: string, token: string | undefined): string {
  return token === undefined || token === '' ? body : body.replaceAll(token, '(token)');
}
