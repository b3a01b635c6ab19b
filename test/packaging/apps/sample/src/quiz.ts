import { Controller, Get, Injectable, UseGuards } from '@nestjs/common';
import {
  CourseRosterService,
  Launch,
  type LaunchContext,
  type LaunchHandler,
  type LaunchReply,
  LaunchRoles,
  LtiLaunchGuard,
  type ReceivedLaunch,
} from 'nest-lti';

@Injectable()
export class QuizLaunches implements LaunchHandler {
  async handle(launch: ReceivedLaunch): Promise<LaunchReply> {
    return { html: `<p>${await launch.session.createToken()}</p>` };
  }
}

@Controller('quiz')
@UseGuards(LtiLaunchGuard)
export class QuizController {
  constructor(private readonly roster: CourseRosterService) {}

  @Get('results')
  @LaunchRoles(['Instructor'])
  async results(@Launch() launch: LaunchContext): Promise<{ course: string; members: number }> {
    const course = launch.courseId ?? '';
    return { course, members: await this.roster.count(course) };
  }
}
