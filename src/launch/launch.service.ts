import { Injectable } from '@nestjs/common';
import { LtiEvents } from '../common/lti-events.js';
import { type CourseLaunch, CourseLaunchService } from '../courses/course-launch.service.js';
import { RegistrationLaunchService } from '../registrations/registration-launch.service.js';
import { originContextIdsIn, originLinkIdsIn } from './context/copy-history.js';
import { type Lti13LaunchContext } from './context/launch-context.schema.js';
import { DeepLinkingService } from './deep-linking/deep-linking.service.js';
import { LaunchMessages } from './launch-messages.js';
import { deepLinkPage, type LaunchReply } from './launch-reply.js';
import { Lti11LinkRepository } from './lti11/lti11-link.repository.js';
import {
  type CheckedLaunch,
  LaunchSessionService,
  type NewLaunchSession,
} from './sessions/launch-session.service.js';

/** Uses up the nonce of a checked launch, records its course, creates its session, and calls the LaunchHandler of its message type. */
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

  /** @throws {LaunchRefused} that of the nonce, if it was used; any error of the tool's LaunchHandler */
  async receive(launch: CheckedLaunch): Promise<LaunchReply> {
    const { session, code } = await this.createSession(launch);
    const { launch: context } = session;
    this.events.publish('lti.launch.received', {
      launchSessionId: session.id,
      messageType: context.messageType,
      ...(context.registrationId !== undefined && { registrationId: context.registrationId }),
      ...(context.courseId !== undefined && { courseId: context.courseId }),
      ...(context.user !== undefined && { userId: context.user.id }),
    });
    const reply = await this.messages.handlerOf(context).handle({
      context,
      // Signed only for a handler that needs it: the signature costs more than all the checks of the claims.
      session: {
        id: session.id,
        expiresAt: session.expiresAt,
        createToken: () => this.sessions.tokenOf(session),
      },
      oneTimeCode: code,
    });
    if (!('deepLink' in reply)) return reply;
    return deepLinkPage(await this.deepLinking.respond(session.id, reply.deepLink));
  }

  /** In one statement if nothing is new about the course. */
  private async createSession(launch: CheckedLaunch): Promise<NewLaunchSession> {
    const { context, consumerId, nonce } = launch;
    // LTI 1.1 has no service that a sync could read.
    const course = context.version === '1.1' ? undefined : await this.prepare(context, consumerId);
    const asRecorded = course && this.courses.asRecorded(course);
    const session = await this.sessions.create(launch, asRecorded);
    if (session !== undefined) return session;
    // The nonce was used, or the launch has news of its course.
    const recorded = course && {
      sql: 'SELECT $1::uuid AS id',
      parameters: [await this.courses.record(course)],
    };
    const second = recorded && (await this.sessions.create(launch, recorded));
    if (second === undefined) throw nonce.refusal();
    return second;
  }

  /** @returns what the launch says about its course, if it has one */
  private async prepare(
    launched: Lti13LaunchContext,
    consumerId: string | undefined,
  ): Promise<CourseLaunch | undefined> {
    const { registrationId, deploymentId, context, platform } = launched;
    const family = platform?.productFamilyCode;
    if (family !== undefined) await this.registrations.learnFamily(registrationId, family);
    if (launched.notices !== undefined) {
      await this.registrations.learnNoticeService(registrationId, deploymentId, launched.notices);
    }
    if (consumerId !== undefined) await this.linkOlderIds(launched, consumerId);
    return (
      context && {
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
      }
    );
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
