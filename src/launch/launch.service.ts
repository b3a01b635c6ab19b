import { Injectable } from '@nestjs/common';
import { LtiEvents } from '../common/lti-events.js';
import { CourseLaunchService } from '../courses/course-launch.service.js';
import { RegistrationLaunchService } from '../registrations/registration-launch.service.js';
import { originContextIdsIn, originLinkIdsIn } from './context/copy-history.js';
import { type LaunchContext, type Lti13LaunchContext } from './context/launch-context.schema.js';
import { DeepLinkingService } from './deep-linking/deep-linking.service.js';
import { LaunchMessages } from './launch-messages.js';
import { type LaunchReply } from './launch-reply.js';
import { Lti11LinkRepository } from './lti11/lti11-link.repository.js';
import { LaunchSessionService } from './sessions/launch-session.service.js';

/** A launch of either version that was checked and whose nonce is used up. */
export interface CheckedLaunch {
  context: LaunchContext;
  /** The LTI 1.1 consumer that it comes from, or that its platform was before it moved to LTI 1.3. */
  consumerId?: string | undefined;
}

/** Records the course of a checked launch, creates its session, and calls the LaunchHandler of its message type. */
@Injectable()
export class LaunchService {
  constructor(
    private readonly courses: CourseLaunchService,
    private readonly registrations: RegistrationLaunchService,
    private readonly links: Lti11LinkRepository,
    private readonly sessions: LaunchSessionService,
    private readonly events: LtiEvents,
    private readonly deepLinking: DeepLinkingService,
    private readonly messages: LaunchMessages,
  ) {}

  /** @throws any error of the tool's LaunchHandler */
  async receive({ context: launched, consumerId }: CheckedLaunch): Promise<LaunchReply> {
    const context = await this.record(launched, consumerId);
    const { session, token, code } = await this.sessions.create(context, consumerId);
    this.events.publish('lti.launch.received', {
      launchSessionId: session.id,
      messageType: context.messageType,
      ...(context.registrationId !== undefined && { registrationId: context.registrationId }),
      ...(context.courseId !== undefined && { courseId: context.courseId }),
      ...(context.user !== undefined && { userId: context.user.id }),
    });
    const reply = await this.messages.handlerOf(context).handle({
      context,
      session: { id: session.id, expiresAt: session.expiresAt, token },
      oneTimeCode: code,
    });
    if (!('deepLink' in reply)) return reply;
    const { returnUrl, jwt } = await this.deepLinking.respond(session.id, reply.deepLink);
    return { postTo: returnUrl, fields: { JWT: jwt } };
  }

  /** @returns the context with the id of its course */
  private async record(launched: LaunchContext, consumerId: string | undefined): Promise<LaunchContext> {
    // LTI 1.1 has no service that a sync could read.
    if (launched.version === '1.1') return launched;
    const { registrationId, deploymentId, context, platform } = launched;
    const family = platform?.productFamilyCode;
    if (family !== undefined) await this.registrations.learnFamily(registrationId, family);
    if (launched.notices !== undefined) {
      await this.registrations.learnNoticeService(registrationId, deploymentId, launched.notices);
    }
    if (consumerId !== undefined) await this.linkOlderIds(launched, consumerId);
    if (context === undefined) return launched;
    const courseId = await this.courses.record({
      registrationId,
      deploymentId,
      contextId: context.id,
      title: context.title ?? context.label,
      membershipsUrl: launched.memberships?.url,
      lineItemsUrl: launched.grades?.lineItemsUrl,
      groupsUrl: launched.groups?.url,
      groupSetsUrl: launched.groups?.setsUrl,
      originContextIds: originContextIdsIn(launched.custom, context.id),
      resourceLink: launched.resourceLink && {
        ...launched.resourceLink,
        lineItemId: launched.grades?.lineItemId,
        originIds: originLinkIdsIn(launched.custom, launched.resourceLink.id),
      },
    });
    return { ...launched, courseId };
  }

  private async linkOlderIds(
    { registrationId, user, context, resourceLink, lti11 }: Lti13LaunchContext,
    consumerId: string,
  ): Promise<void> {
    if (lti11?.isVerified !== true) return;
    const pairs = [
      { kind: 'user' as const, ltiId: user?.id, lti11Id: lti11.userId },
      { kind: 'context' as const, ltiId: context?.id, lti11Id: lti11.contextId },
      { kind: 'resource_link' as const, ltiId: resourceLink?.id, lti11Id: lti11.resourceLinkId },
    ].flatMap(({ kind, ltiId, lti11Id }) =>
      ltiId === undefined || lti11Id === undefined ? [] : [{ kind, ltiId, lti11Id }],
    );
    await this.links.link({ registrationId, consumerId, pairs });
  }
}
