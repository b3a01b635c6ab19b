import {
  BadRequestException,
  Body,
  Controller,
  Get,
  Header,
  Headers,
  Post,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import {
  CurrentLaunchSession,
  type DeepLinkResponse,
  DeepLinkingService,
  LaunchRoles,
  type LaunchSession,
  LtiLaunchGuard,
  ProblemDetailsFilter,
} from 'nest-lti';
import { LaunchPages } from './launch-pages.service.js';
import { quizById, quizzes } from './quizzes.js';

/** Deep linking: a teacher picks quizzes, and each becomes a link of the course with a column in its gradebook. */
@Controller('picker')
@UseFilters(ProblemDetailsFilter)
export class PickerController {
  constructor(
    private readonly pages: LaunchPages,
    private readonly deepLinking: DeepLinkingService,
  ) {}

  @Post()
  @Header('Content-Type', 'text/html')
  open(@Headers('origin') origin: string | undefined, @Body('code') code: string): Promise<string> {
    return this.pages.open(origin, code, 'picker.js');
  }

  @Get('quizzes')
  @UseGuards(LtiLaunchGuard)
  list(): { id: string; title: string }[] {
    return quizzes.map(({ id, title }) => ({ id, title }));
  }

  /** The page posts `JWT` = `jwt` as a form to `returnUrl`. */
  @Post('pick')
  @UseGuards(LtiLaunchGuard)
  @LaunchRoles(['Instructor'])
  pick(@CurrentLaunchSession() session: LaunchSession, @Body('quiz') id: string): Promise<DeepLinkResponse> {
    const quiz = quizById(id);
    if (quiz === undefined) throw new BadRequestException('There is no such quiz.');
    return this.deepLinking.respond(session.id, {
      items: [
        {
          type: 'ltiResourceLink',
          title: quiz.title,
          custom: { quiz: quiz.id },
          lineItem: { scoreMaximum: quiz.questions.length, resourceId: quiz.id },
        },
      ],
    });
  }
}
