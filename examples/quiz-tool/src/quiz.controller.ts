import {
  Body,
  Controller,
  Get,
  Header,
  Headers,
  NotFoundException,
  Post,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { Launch, type LaunchContext, LaunchRoles, LtiLaunchGuard, ProblemDetailsFilter } from 'nest-lti';
import { LaunchPages } from './launch-pages.service.js';
import { QuizCourse } from './quiz-course.service.js';
import { pointsFor, type Quiz, quizById } from './quizzes.js';

@Controller('quiz')
@UseFilters(ProblemDetailsFilter)
export class QuizController {
  constructor(
    private readonly pages: LaunchPages,
    private readonly course: QuizCourse,
  ) {}

  @Post()
  @Header('Content-Type', 'text/html')
  open(@Headers('origin') origin: string | undefined, @Body('code') code: string): Promise<string> {
    return this.pages.open(origin, code, 'quiz.js');
  }

  @Get('questions')
  @UseGuards(LtiLaunchGuard)
  questions(@Launch() launch: LaunchContext): { title: string; questions: string[] } {
    const { title, questions } = quizOf(launch);
    return { title, questions: questions.map(({ text }) => text) };
  }

  @Post('answers')
  @UseGuards(LtiLaunchGuard)
  async answer(@Launch() launch: LaunchContext, @Body('answers') answers: string[]) {
    const quiz = quizOf(launch);
    const points = pointsFor(quiz, Array.isArray(answers) ? answers.map(String) : []);
    await this.course.grade(launch, points, quiz.questions.length);
    return { points, of: quiz.questions.length };
  }

  @Get('learners')
  @UseGuards(LtiLaunchGuard)
  @LaunchRoles(['Instructor'])
  async learners(@Launch() launch: LaunchContext): Promise<string[]> {
    const members = await this.course.learners(launch);
    return members.map(({ name, userId }) => name ?? userId);
  }
}

/** The quiz that the teacher picked for the link that was launched. */
function quizOf({ custom }: LaunchContext): Quiz {
  const quiz = quizById(String(custom?.['quiz']));
  if (quiz === undefined)
    throw new NotFoundException('This link has no quiz. Ask your teacher to add it again.');
  return quiz;
}
