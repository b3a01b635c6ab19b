import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { z } from 'zod';
import { type OAuthClient } from '../access-tokens/oauth-client.js';
import { OAuthService } from '../access-tokens/oauth.service.js';
import { type LtiError } from '../common/lti-error.js';
import { harmless, readable } from '../common/platform-words.js';
import { LtiConfig } from '../config/lti-config.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { explanationOf } from '../lti-services/platform-explanation.js';
import { type PlatformResponse } from '../platform-http/platform-request.js';
import { parseRetryAfter } from '../platform-http/retry-after.js';
import { Deployment } from '../registrations/deployment.entity.js';
import { RegistrationService } from '../registrations/registration.service.js';
import { noticeErrors } from './notice.errors.js';

/** Below the public URL. */
export const NOTICES_PATH = '/lti/notices';

/** Where a platform sends the notices of one type. */
export interface SetNoticeHandler {
  /** Such as `LtiContextCopyNotice`. */
  noticeType: string;
  /** The URL. */
  handler: string;
  /** Whether it is this tool's `/lti/notices`. */
  isOurs: boolean;
}

const DEFAULT_RETRY_MS = 60_000;
const MAX_HANDLERS = 1000;
const JSON_TYPE = 'application/json';

const entrySchema = z.object({ notice_type: z.string().min(1), handler: z.string() });
/** An entry that cannot be read is skipped. */
const catalogSchema = z.object({
  notice_handlers: z
    .array(entrySchema.nullable().catch(null))
    .max(MAX_HANDLERS)
    .transform((entries) => entries.filter((entry) => entry !== null)),
});

/**
 * Subscribes the tool to the notices of a platform: Platform Notification Service 1.0. A platform has one handler for each type of
 * notice and deployment. Its service is known from the launches of the deployment, and needs the scope `noticehandlers`.
 *
 * @example
 * if (launch.version === '1.3.0' && launch.notices?.types.includes('LtiContextCopyNotice')) {
 *   await notifications.put(launch.registrationId, launch.deploymentId, 'LtiContextCopyNotice');
 * }
 */
@Injectable()
export class PlatformNotificationService {
  constructor(
    private readonly registrations: RegistrationService,
    @InjectRepository(Deployment, LTI_DATA_SOURCE) private readonly deployments: Repository<Deployment>,
    private readonly oauth: OAuthService,
    @Inject(LtiConfig) private readonly config: LtiConfig,
  ) {}

  /**
   * The handlers that are set at the platform, of this tool and of older versions of it.
   *
   * @throws {NotFound} `registration_not_found`, `notice_service_unknown`
   * @throws {PlatformRefused} `notice_handlers_refused`; {Unavailable} `notice_handlers_unavailable`
   * @throws {PlatformAnswerInvalid} `notice_handlers_unreadable`
   * @throws what OAuthService.authenticate and OAuthClient.send throw
   * @example
   * const handlers = await notifications.list(registrationId, '1');
   */
  async list(registrationId: string, deploymentId: string): Promise<SetNoticeHandler[]> {
    const { client, url } = await this.service(registrationId, deploymentId);
    const response = await client.send({
      service: 'notices',
      method: 'GET',
      url,
      headers: { accept: JSON_TYPE },
    });
    if (!isSuccess(response)) throw refusalOf(response);
    return handlersIn(response.body)
      .filter(({ handler }) => handler !== '')
      .map(({ notice_type: noticeType, handler }) => ({
        noticeType,
        handler,
        isOurs: handler === this.ownUrl,
      }));
  }

  /**
   * Has the platform send the notices of this type to `/lti/notices` of this tool, from now on. Replaces another handler.
   *
   * @throws {Conflict} `notice_type_not_supported`, and what `list` throws
   * @example
   * await notifications.put(registrationId, '1', 'LtiContextCopyNotice');
   */
  async put(registrationId: string, deploymentId: string, noticeType: string): Promise<SetNoticeHandler> {
    const { client, url, types } = await this.service(registrationId, deploymentId);
    if (!types.includes(noticeType)) throw noticeErrors.typeNotSupported(noticeType, types);
    await this.write(client, url, noticeType, this.ownUrl);
    return { noticeType, handler: this.ownUrl, isOurs: true };
  }

  /**
   * Has the platform send no more notices of this type.
   *
   * @throws what `list` throws
   * @example
   * await notifications.remove(registrationId, '1', 'LtiContextCopyNotice');
   */
  async remove(registrationId: string, deploymentId: string, noticeType: string): Promise<void> {
    const { client, url } = await this.service(registrationId, deploymentId);
    // PNS 1.0: an empty handler removes it.
    await this.write(client, url, noticeType, '');
  }

  private get ownUrl(): string {
    return this.config.publicUrl.replace(/\/+$/, '') + NOTICES_PATH;
  }

  private async service(registrationId: string, deploymentId: string) {
    const registration = await this.registrations.get(registrationId);
    const deployment = await this.deployments.findOneBy({ registrationId, deploymentId });
    const url = deployment?.noticeServiceUrl ?? undefined;
    if (deployment === null || url === undefined)
      throw noticeErrors.serviceUnknown(registrationId, deploymentId);
    const client = await this.oauth.authenticate(registration, { notices: url, deploymentId });
    return { client, url, types: deployment.noticeTypes };
  }

  private async write(client: OAuthClient, url: string, noticeType: string, handler: string): Promise<void> {
    const response = await client.send({
      service: 'notices',
      method: 'PUT',
      url,
      headers: { accept: JSON_TYPE, 'content-type': JSON_TYPE },
      body: JSON.stringify({ notice_type: noticeType, handler }),
    });
    if (!isSuccess(response)) throw refusalOf(response);
  }
}

function isSuccess({ status }: PlatformResponse): boolean {
  return status >= 200 && status <= 299;
}

function handlersIn(body: string): z.output<typeof entrySchema>[] {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw noticeErrors.handlersUnreadable();
  }
  const catalog = catalogSchema.safeParse(json);
  if (!catalog.success) throw noticeErrors.handlersUnreadable();
  return catalog.data.notice_handlers;
}

function refusalOf(response: PlatformResponse): LtiError {
  const { status, body, headers, receivedAt } = response;
  if (status < 500) {
    return noticeErrors.handlersRefused(status, harmless(explanationOf(body)?.words ?? readable(body)));
  }
  const retryAt = parseRetryAfter(headers, receivedAt) ?? new Date(receivedAt.getTime() + DEFAULT_RETRY_MS);
  return noticeErrors.handlersUnavailable(status, retryAt);
}
