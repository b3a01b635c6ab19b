import { Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBadRequestResponse,
  ApiBody,
  ApiConflictResponse,
  ApiConsumes,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiPayloadTooLargeResponse,
} from '@nestjs/swagger';
import { z } from 'zod';
import { ApiController } from '../access/api-controller.decorator.js';
import { type HttpRequest } from '../common/http-request.js';
import { idParamSchema, type Page, pageSchema } from '../common/page.schema.js';
import { CourseService } from '../courses/course.service.js';
import { GradePassback } from './grade-passback.service.js';
import {
  courseScoresQuerySchema,
  type OutboxQuery,
  outboxQuerySchema,
  type OutboxScoreView,
  outboxScoreViewSchema,
  type ScoreVerdict,
  type ScoreVerdicts,
  scoreVerdictsSchema,
} from './outbox.schema.js';
import { type PassbackView, passbackViewSchema } from './passback.view.js';
import { readScores } from './scores-body.js';
import { scoresDocument } from './scores-document.js';

const changedSchema = z.object({ scores: z.int() });

@ApiController('api', 'scores')
export class ScoresController {
  constructor(
    private readonly passback: GradePassback,
    private readonly courses: CourseService,
  ) {}

  @Post('courses/:id/scores')
  @HttpCode(202)
  @ApiOperation({ summary: 'Put up to 10,000 scores into the outbox; each has a verdict' })
  @ApiConsumes('application/json', 'application/x-ndjson')
  @ApiBody(scoresDocument)
  @ApiAcceptedResponse({ standardSchema: scoreVerdictsSchema })
  @ApiBadRequestResponse({ description: 'scores_unreadable: none was kept' })
  @ApiNotFoundResponse({ description: 'course_not_found' })
  @ApiConflictResponse({ description: 'course_without_line_items' })
  @ApiPayloadTooLargeResponse({ description: 'too_many_scores or scores_too_large' })
  async post(
    @Param('id', { schema: idParamSchema }) id: string,
    @Req() request: HttpRequest,
  ): Promise<ScoreVerdicts> {
    await this.courses.get(id);
    return summaryOf(await this.passback.enqueueAll(id, await readScores(request)));
  }

  @Get('courses/:id/scores')
  @ApiOperation({ summary: 'The scores of a course in the outbox, the oldest first' })
  @ApiOkResponse({ standardSchema: pageSchema(outboxScoreViewSchema) })
  @ApiNotFoundResponse({ description: 'course_not_found' })
  async listOfCourse(
    @Param('id', { schema: idParamSchema }) courseId: string,
    @Query({ schema: courseScoresQuerySchema }) query: OutboxQuery,
  ): Promise<Page<OutboxScoreView>> {
    await this.courses.get(courseId);
    return this.passback.list({ ...query, courseId });
  }

  @Post('courses/:id/scores/retry')
  @HttpCode(200)
  @ApiOperation({ summary: 'Send all rejected scores of a course again' })
  @ApiOkResponse({ standardSchema: changedSchema })
  @ApiNotFoundResponse({ description: 'course_not_found' })
  async retryCourse(@Param('id', { schema: idParamSchema }) id: string): Promise<{ scores: number }> {
    return { scores: await this.passback.retryCourse(id) };
  }

  @Post('courses/:id/scores/cancel')
  @HttpCode(200)
  @ApiOperation({ summary: 'Give up all rejected scores of a course' })
  @ApiOkResponse({ standardSchema: changedSchema })
  @ApiNotFoundResponse({ description: 'course_not_found' })
  async cancelCourse(@Param('id', { schema: idParamSchema }) id: string): Promise<{ scores: number }> {
    return { scores: await this.passback.cancelCourse(id) };
  }

  @Post('courses/:id/passback/resume')
  @HttpCode(204)
  @ApiOperation({ summary: 'Lift what holds back the scores of a course' })
  @ApiNoContentResponse()
  @ApiNotFoundResponse({ description: 'course_not_found' })
  resumeCourse(@Param('id', { schema: idParamSchema }) id: string): Promise<void> {
    return this.passback.resumeCourse(id);
  }

  @Get('scores')
  @ApiOperation({ summary: 'The scores in the outbox, the oldest first' })
  @ApiOkResponse({ standardSchema: pageSchema(outboxScoreViewSchema) })
  list(@Query({ schema: outboxQuerySchema }) query: OutboxQuery): Promise<Page<OutboxScoreView>> {
    return this.passback.list(query);
  }

  @Get('scores/:id')
  @ApiOperation({ summary: 'One score in the outbox' })
  @ApiOkResponse({ standardSchema: outboxScoreViewSchema })
  @ApiNotFoundResponse({ description: 'score_not_found' })
  get(@Param('id', { schema: idParamSchema }) id: string): Promise<OutboxScoreView> {
    return this.passback.get(id);
  }

  @Post('scores/:id/retry')
  @HttpCode(200)
  @ApiOperation({ summary: 'Send a rejected score again' })
  @ApiOkResponse({ standardSchema: outboxScoreViewSchema })
  @ApiNotFoundResponse({ description: 'score_not_found, or course_not_found: it was deleted' })
  @ApiConflictResponse({ description: 'score_settled: it is not rejected' })
  retry(@Param('id', { schema: idParamSchema }) id: string): Promise<OutboxScoreView> {
    return this.passback.retry(id);
  }

  @Post('scores/:id/cancel')
  @HttpCode(200)
  @ApiOperation({ summary: 'Give up a score that was rejected, or not sent yet' })
  @ApiOkResponse({ standardSchema: outboxScoreViewSchema })
  @ApiNotFoundResponse({ description: 'score_not_found' })
  @ApiConflictResponse({ description: 'score_settled: it is posted, or may be on its way' })
  cancel(@Param('id', { schema: idParamSchema }) id: string): Promise<OutboxScoreView> {
    return this.passback.cancel(id);
  }

  @Get('registrations/:id/passback')
  @ApiOperation({ summary: 'What holds the scores of a registration back, and how many wait' })
  @ApiOkResponse({ standardSchema: passbackViewSchema })
  @ApiNotFoundResponse({ description: 'registration_not_found' })
  state(@Param('id', { schema: idParamSchema }) id: string): Promise<PassbackView> {
    return this.passback.state(id);
  }

  @Post('registrations/:id/passback/pause')
  @HttpCode(200)
  @ApiOperation({ summary: 'Send no scores of a registration until it is resumed' })
  @ApiOkResponse({ standardSchema: passbackViewSchema })
  @ApiNotFoundResponse({ description: 'registration_not_found' })
  pause(@Param('id', { schema: idParamSchema }) id: string): Promise<PassbackView> {
    return this.passback.pause(id);
  }

  @Post('registrations/:id/passback/resume')
  @HttpCode(200)
  @ApiOperation({ summary: 'Lift a pause, and whatever else holds the scores of a registration back' })
  @ApiOkResponse({ standardSchema: passbackViewSchema })
  @ApiNotFoundResponse({ description: 'registration_not_found' })
  resume(@Param('id', { schema: idParamSchema }) id: string): Promise<PassbackView> {
    return this.passback.resume(id);
  }
}

function summaryOf(scores: ScoreVerdict[]): ScoreVerdicts {
  const countOf = (status: ScoreVerdict['status']) =>
    scores.filter((verdict) => verdict.status === status).length;
  return {
    accepted: countOf('accepted'),
    duplicates: countOf('duplicate'),
    refused: countOf('refused'),
    scores,
  };
}
