import { ForbiddenException, Injectable } from '@nestjs/common';
import {
  GradePassbackService,
  type LaunchContext,
  type Member,
  MembershipsService,
  OAuthService,
  RegistrationService,
} from 'nest-lti';

/** What the quiz reads and writes in the course of a launch. nest-lti requests and renews the tokens. */
@Injectable()
export class QuizCourse {
  constructor(
    private readonly registrations: RegistrationService,
    private readonly oauth: OAuthService,
    private readonly memberships: MembershipsService,
    private readonly passback: GradePassbackService,
  ) {}

  async learners(launch: LaunchContext): Promise<Member[]> {
    if (launch.version === '1.1' || launch.memberships === undefined)
      throw new ForbiddenException('The platform does not share the roster of this course.');
    const registration = await this.registrations.get(launch.registrationId);
    const client = await this.oauth.authenticate(registration, { memberships: launch.memberships.url });
    return this.memberships.getMembers(client, { role: 'Learner' });
  }

  /** The score is stored, and sent in the background until the platform has it. */
  async grade(launch: LaunchContext, scoreGiven: number, scoreMaximum: number): Promise<void> {
    const { courseId, user } = launch;
    const lineItemId = launch.version === '1.1' ? undefined : launch.grades?.lineItemId;
    if (!courseId || !user || !lineItemId)
      throw new ForbiddenException('The platform takes no scores from this launch.');
    await this.passback.enqueue(courseId, { lineItemId, userId: user.id, scoreGiven, scoreMaximum });
  }
}
