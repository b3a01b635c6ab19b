import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { parseInput } from '../../common/parse-input.js';
import { LtiConfig } from '../../config/lti-config.js';
import { ToolKeyService } from '../../keys/tool-key.service.js';
import { RegistrationService } from '../../registrations/registration.service.js';
import { LAUNCH_PATH } from '../launch-paths.js';
import { LaunchSessionService } from '../sessions/launch-session.service.js';
import {
  type CheckedDeepLinkResponse,
  type DeepLinkResponseInput,
  deepLinkResponseSchema,
} from './content-item.schema.js';
import { checkItems, familyWarnings, responseClaims } from './deep-link-response.js';
import { deepLinkingErrors } from './deep-linking.errors.js';

/** A response that is signed. The user's browser posts it to the platform. */
export interface DeepLinkResponse {
  /** The URL that the form is posted to, with its query unchanged. */
  returnUrl: string;
  /** The value of the form's only field, `JWT`. */
  jwt: string;
  /** What the platform makes of the items although it accepts them, such as a link without a grade column. */
  warnings: string[];
}

/**
 * Answers deep linking requests (DL 2.0): signs what a user has picked for the platform that asked.
 *
 * @example
 * class PickerController {
 *   \@Post('pick')
 *   \@UseGuards(LtiLaunchGuard)
 *   pick(\@CurrentLaunchSession() session: LaunchSession, \@Body() { quiz }: { quiz: string }) {
 *     const lineItem = { scoreMaximum: 10, resourceId: quiz };
 *     return deepLinking.respond(session.id, { items: [{ type: 'ltiResourceLink', custom: { quiz }, lineItem }] });
 *   }
 * }
 */
@Injectable()
export class DeepLinkingService {
  private readonly logger = new Logger(DeepLinkingService.name);

  constructor(
    private readonly sessions: LaunchSessionService,
    private readonly registrations: RegistrationService,
    private readonly keys: ToolKeyService,
    @Inject(LtiConfig) private readonly config: LtiConfig,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Checks the items against the settings of the request, signs them, and uses the session up: a launch has one
   * response. Input that is refused does not use it up. No items are a cancel.
   *
   * @param sessionId of the launch session of an `LtiDeepLinkingRequest`
   * @throws {NotFound} `launch_session_not_found`; {Conflict} `deep_link_not_requested`, `deep_link_answered`;
   *   {InvalidRequest} by the field, or by the rule: `deep_link_type_not_accepted`, `deep_link_multiple_not_accepted`,
   *   `deep_link_line_item_not_accepted`, `deep_link_target_not_accepted`, `deep_link_media_type_not_accepted`
   * @example
   * const { returnUrl, jwt } = await deepLinking.respond(session.id, { items: [{ type: 'link', url, title: 'Quiz 1' }] });
   */
  async respond(sessionId: string, input: DeepLinkResponseInput): Promise<DeepLinkResponse> {
    return this.sign(sessionId, parseInput(deepLinkResponseSchema, input));
  }

  /** The same with input that the schema has checked. */
  async sign(sessionId: string, response: CheckedDeepLinkResponse): Promise<DeepLinkResponse> {
    const { launch } = await this.sessions.get(sessionId);
    const { deepLinking: settings, version } = launch;
    if (version !== '1.3.0' || settings === undefined) throw deepLinkingErrors.notRequested();
    checkItems(settings, response.items);
    const registration = await this.registrations.recall(launch.registrationId);
    const jwt = await this.keys.sign(
      responseClaims({
        issuer: registration.issuer,
        clientId: registration.clientId,
        deploymentId: launch.deploymentId,
        request: launch.payload,
        response,
        launchUrl: this.config.publicUrl + LAUNCH_PATH,
        now: this.clock.now(),
      }),
    );
    if (!(await this.sessions.useForDeepLink(sessionId))) throw deepLinkingErrors.answered();
    const warnings = familyWarnings(registration.platformFamily, response.items, launch.payload);
    for (const warning of warnings) this.logger.warn(`Deep linking, launch session ${sessionId}: ${warning}`);
    return { returnUrl: settings.returnUrl, jwt, warnings };
  }
}
