import { Get, HttpCode, Post, Req } from '@nestjs/common';
import { z } from 'zod';
import { ApiController } from '../access/api-controller.decorator.js';
import { type HttpRequest } from '../common/http-request.js';
import { idParamSchema, type Page, pageSchema } from '../common/page.schema.js';
import { Operation } from '../common/openapi/operation.decorator.js';
import { ValidatedParam, ValidatedQuery } from '../common/validated-parameters.js';
import { CourseService } from '../courses/course.service.js';
import { RegistrationService } from '../registrations/registration.service.js';
import { GradePassbackService } from './grade-passback.service.js';
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
import { type DeliveryStateView, deliveryStateViewSchema } from './delivery-state.view.js';
import { readScores } from './scores-body.js';
import { scoresDocument } from './scores-document.js';
import {
  registrationSuspensionsQuerySchema,
  type SuspensionQuery,
  suspensionQuerySchema,
  type SuspensionView,
  suspensionViewSchema,
} from './suspension.view.js';

const changedSchema = z.object({ scores: z.int() });

@ApiController('', 'scores')
export class ScoresController {
  constructor(
    private readonly passback: GradePassbackService,
    private readonly courses: CourseService,
    private readonly registrations: RegistrationService,
  ) {}

  @Post('courses/:id/scores')
  @HttpCode(202)
  @Operation({
    summary: 'Put up to 10,000 scores into the outbox; each has a verdict',
    requestBody: scoresDocument,
    response: scoreVerdictsSchema,
    errors: {
      400: 'scores_unreadable: none was kept',
      404: 'course_not_found',
      409: 'course_without_line_items',
      413: 'too_many_scores or scores_too_large',
    },
  })
  async post(
    @ValidatedParam('id', idParamSchema) id: string,
    @Req() request: HttpRequest,
  ): Promise<ScoreVerdicts> {
    const course = await this.courses.get(id);
    return summaryOf(await this.passback.enqueueAll(course, await readScores(request)));
  }

  @Get('courses/:id/scores')
  @Operation({
    summary: 'List the scores of a course in the outbox',
    response: pageSchema(outboxScoreViewSchema),
    errors: { 404: 'course_not_found' },
  })
  async listOfCourse(
    @ValidatedParam('id', idParamSchema) courseId: string,
    @ValidatedQuery(courseScoresQuerySchema) query: OutboxQuery,
  ): Promise<Page<OutboxScoreView>> {
    await this.courses.get(courseId);
    return this.passback.list({ ...query, courseId });
  }

  @Post('courses/:id/scores/retry')
  @HttpCode(200)
  @Operation({
    summary: 'Send all rejected scores of a course again',
    response: changedSchema,
    errors: { 404: 'course_not_found' },
  })
  async retryCourse(@ValidatedParam('id', idParamSchema) id: string): Promise<{ scores: number }> {
    return { scores: await this.passback.retryCourse(id) };
  }

  @Post('courses/:id/scores/cancel')
  @HttpCode(200)
  @Operation({
    summary: 'Cancel all rejected scores of a course',
    response: changedSchema,
    errors: { 404: 'course_not_found' },
  })
  async cancelCourse(@ValidatedParam('id', idParamSchema) id: string): Promise<{ scores: number }> {
    return { scores: await this.passback.cancelCourse(id) };
  }

  @Post('courses/:id/delivery/resume')
  @HttpCode(204)
  @Operation({ summary: 'End the suspensions of a course', errors: { 404: 'course_not_found' } })
  resumeCourse(@ValidatedParam('id', idParamSchema) id: string): Promise<void> {
    return this.passback.resumeCourse(id);
  }

  @Get('scores')
  @Operation({
    summary: 'List the scores in the outbox',
    response: pageSchema(outboxScoreViewSchema),
  })
  list(@ValidatedQuery(outboxQuerySchema) query: OutboxQuery): Promise<Page<OutboxScoreView>> {
    return this.passback.list(query);
  }

  @Get('scores/:id')
  @Operation({
    summary: 'One score in the outbox',
    response: outboxScoreViewSchema,
    errors: { 404: 'score_not_found' },
  })
  get(@ValidatedParam('id', idParamSchema) id: string): Promise<OutboxScoreView> {
    return this.passback.get(id);
  }

  @Post('scores/:id/retry')
  @HttpCode(202)
  @Operation({
    summary: 'Send a rejected score again; one that is pending is returned as it is',
    response: outboxScoreViewSchema,
    errors: {
      404: 'score_not_found, or course_not_found: it was deleted',
      409: 'score_settled: it is posted, superseded or cancelled',
    },
  })
  retry(@ValidatedParam('id', idParamSchema) id: string): Promise<OutboxScoreView> {
    return this.passback.retry(id);
  }

  @Post('scores/:id/cancel')
  @HttpCode(200)
  @Operation({
    summary:
      'Cancel a score that was rejected, or that has no request in flight; if it was sent, it may have arrived',
    response: outboxScoreViewSchema,
    errors: {
      404: 'score_not_found',
      409: 'score_settled: it is posted, superseded or cancelled, or a request for it is in flight',
    },
  })
  cancel(@ValidatedParam('id', idParamSchema) id: string): Promise<OutboxScoreView> {
    return this.passback.cancel(id);
  }

  @Get('suspensions')
  @Operation({
    summary: 'List the suspensions of all registrations',
    response: pageSchema(suspensionViewSchema),
  })
  suspensions(@ValidatedQuery(suspensionQuerySchema) query: SuspensionQuery): Promise<Page<SuspensionView>> {
    return this.passback.listSuspensions(query);
  }

  @Get('registrations/:id/delivery')
  @Operation({
    summary: 'Whether the scores of a registration are delivered, and how many are pending and rejected',
    response: deliveryStateViewSchema,
    errors: { 404: 'registration_not_found' },
  })
  state(@ValidatedParam('id', idParamSchema) id: string): Promise<DeliveryStateView> {
    return this.passback.state(id);
  }

  @Get('registrations/:id/suspensions')
  @Operation({
    summary: 'List the suspensions of a registration',
    response: pageSchema(suspensionViewSchema),
    errors: { 404: 'registration_not_found' },
  })
  async suspensionsOfRegistration(
    @ValidatedParam('id', idParamSchema) registrationId: string,
    @ValidatedQuery(registrationSuspensionsQuerySchema) query: SuspensionQuery,
  ): Promise<Page<SuspensionView>> {
    await this.registrations.get(registrationId);
    return this.passback.listSuspensions({ ...query, registrationId });
  }

  @Post('registrations/:id/delivery/pause')
  @HttpCode(200)
  @Operation({
    summary: 'Send no scores of a registration until it is resumed',
    response: deliveryStateViewSchema,
    errors: { 404: 'registration_not_found' },
  })
  pause(@ValidatedParam('id', idParamSchema) id: string): Promise<DeliveryStateView> {
    return this.passback.pause(id);
  }

  @Post('registrations/:id/delivery/resume')
  @HttpCode(200)
  @Operation({
    summary: 'End a pause, and every other suspension of a registration',
    response: deliveryStateViewSchema,
    errors: { 404: 'registration_not_found' },
  })
  resume(@ValidatedParam('id', idParamSchema) id: string): Promise<DeliveryStateView> {
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
