import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { Clock } from '../common/clock.js';
import { type Page } from '../common/page.schema.js';
import { InvalidRequest } from '../common/reactions.errors.js';
import { type Course } from '../courses/course.entity.js';
import { CourseService } from '../courses/course.service.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { RegistrationService } from '../registrations/registration.service.js';
import { DeliveryQueueService } from './delivery-queue.service.js';
import { passbackErrors } from './grade-passback.errors.js';
import { OutboxAdminService } from './outbox-admin.service.js';
import { OutboxIntakeService } from './outbox-intake.service.js';
import {
  type OutboxQuery,
  type OutboxScoreInput,
  type OutboxScoreView,
  type ScoreVerdict,
} from './outbox.schema.js';
import { type OutboxScore } from './outbox-score.entity.js';
import { viewOutboxScore } from './outbox-score.view.js';
import { type DeliveryStateView } from './delivery-state.view.js';
import { covers, type Suspension } from './suspension.js';
import { SuspensionRepository } from './suspension.repository.js';
import { type SuspensionQuery, type SuspensionView, viewSuspension } from './suspension.view.js';

/** Scores in one request. */
export const MAX_SCORES = 10_000;

/** Options of `GradePassbackService.enqueue` and `enqueueAll`. */
export interface EnqueueOptions {
  /** A transaction on the same database: the score is in the outbox if and when it commits. */
  manager?: EntityManager;
}

/**
 * Delivers grades that must not be lost. A score is stored, optionally in the caller's transaction, and sent until the
 * platform accepts or refuses it. Of the scores of a user in a line item only the newest is sent.
 *
 * @example await passback.enqueue(courseId, { lineItemId, userId, scoreGiven: 15, scoreMaximum: 20 })
 */
@Injectable()
export class GradePassbackService {
  constructor(
    private readonly courses: CourseService,
    private readonly registrations: RegistrationService,
    private readonly intake: OutboxIntakeService,
    private readonly outboxAdmin: OutboxAdminService,
    private readonly suspensions: SuspensionRepository,
    private readonly deliveryQueue: DeliveryQueueService,
    @InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Puts one score into the outbox.
   *
   * @param course a course, or its id
   * @returns the id of the score; for an idempotency key that was used before, the id of the earlier score
   * @throws {InvalidRequest} also when the key was used for another score
   * @throws {NotFound} `course_not_found`
   * @throws {Conflict} `course_without_line_items`
   * @throws {ConfigurationInvalid} `outbox_elsewhere`
   * @example
   * await dataSource.transaction(async (manager) => {
   *   await manager.save(attempt);
   *   await passback.enqueue(courseId, { lineItemId, userId, scoreGiven: 15, scoreMaximum: 20 }, { manager });
   * });
   */
  async enqueue(
    course: string | Course,
    score: OutboxScoreInput,
    options: EnqueueOptions = {},
  ): Promise<string> {
    const [verdict] = await this.enqueueAll(course, [score], options);
    if (verdict === undefined) throw new Error('A score got no verdict.');
    if (verdict.status === 'refused') throw InvalidRequest.of(verdict.errors);
    return verdict.id;
  }

  /**
   * Puts up to 10,000 scores into the outbox, in their order: the valid ones, with a verdict on each.
   *
   * @param course a course, or its id
   * @throws {NotFound} `course_not_found`
   * @throws {Conflict} `course_without_line_items`
   * @throws {InvalidRequest} `too_many_scores`
   * @throws {ConfigurationInvalid} `outbox_elsewhere`
   * @example
   * const verdicts = await passback.enqueueAll(courseId, scores);
   * const refused = verdicts.filter(({ status }) => status === 'refused');
   */
  async enqueueAll(
    course: string | Course,
    scores: readonly unknown[],
    { manager = this.dataSource.manager }: EnqueueOptions = {},
  ): Promise<ScoreVerdict[]> {
    if (scores.length > MAX_SCORES) throw passbackErrors.tooMany(MAX_SCORES);
    const found = typeof course === 'string' ? await this.courses.get(course) : course;
    const verdicts = await this.intake.add(found, scores, manager);
    if (verdicts.some(({ status }) => status !== 'refused'))
      this.deliveryQueue.addAfterCommit(found.registrationId, manager);
    return verdicts;
  }

  /**
   * One score of the outbox.
   *
   * @throws {NotFound} `score_not_found`
   * @example
   * const { status, error } = await passback.get(id);
   */
  async get(id: string): Promise<OutboxScoreView> {
    return this.view(await this.outboxAdmin.get(id));
  }

  /**
   * A page of the scores in the outbox, settled ones too, the newest first unless the query has another order.
   *
   * @example
   * const { items, nextCursor } = await passback.list({ courseId, status: 'rejected', limit: 50, order: 'desc' });
   */
  async list(query: OutboxQuery): Promise<Page<OutboxScoreView>> {
    const page = await this.outboxAdmin.list(query, (row) => row);
    return { ...page, items: await this.viewAll(page.items) };
  }

  /**
   * Sends a rejected score again. One that is pending is returned as it is.
   *
   * @throws {NotFound} `score_not_found`, `course_not_found`
   * @throws {Conflict} `score_settled`
   * @example
   * await passback.retry(id);
   */
  async retry(id: string): Promise<OutboxScoreView> {
    const { courseId } = await this.outboxAdmin.get(id);
    await this.courses.get(courseId);
    const score = await this.outboxAdmin.retry(id);
    await this.deliveryQueue.add(score.registrationId);
    return this.view(score);
  }

  /**
   * Sends all rejected scores of a course again.
   *
   * @returns how many there were
   * @throws {NotFound} `course_not_found`
   * @example
   * const retried = await passback.retryCourse(courseId);
   */
  async retryCourse(courseId: string): Promise<number> {
    const { registrationId } = await this.courses.get(courseId);
    const retried = await this.outboxAdmin.retryAll({ courseId });
    await this.deliveryQueue.add(registrationId);
    return retried;
  }

  /**
   * Cancels a score that was rejected, or waits with no request in flight. If it was sent before, it may have arrived.
   *
   * @throws {NotFound} `score_not_found`
   * @throws {Conflict} `score_settled`
   * @example
   * await passback.cancel(id);
   */
  async cancel(id: string): Promise<OutboxScoreView> {
    return this.view(await this.outboxAdmin.cancel(id));
  }

  /**
   * Cancels all rejected scores of a course.
   *
   * @returns how many there were
   * @throws {NotFound} `course_not_found`
   * @example
   * const cancelled = await passback.cancelCourse(courseId);
   */
  async cancelCourse(courseId: string): Promise<number> {
    await this.courses.get(courseId);
    return this.outboxAdmin.cancelAll({ courseId });
  }

  /**
   * Whether the scores of a registration are delivered, and how many of them are pending and rejected.
   *
   * @throws {NotFound} `registration_not_found`
   * @example
   * const { status, scores } = await passback.state(registrationId);
   */
  async state(registrationId: string): Promise<DeliveryStateView> {
    await this.registrations.get(registrationId);
    const [{ suspensions, isPaused }, scores] = await Promise.all([
      this.suspensions.count(registrationId),
      this.outboxAdmin.count(registrationId),
    ]);
    const status = isPaused ? 'paused' : suspensions > 0 ? 'suspended' : 'running';
    return { status, suspensions, scores };
  }

  /**
   * The suspensions by page; the newest first, unless the query has another order. Expired ones are among them: a suspension
   * ends when a score is posted.
   *
   * @example
   * const { items, nextCursor } = await passback.listSuspensions({ registrationId, limit: 50 });
   */
  listSuspensions(query: SuspensionQuery): Promise<Page<SuspensionView>> {
    return this.suspensions.page(query, viewSuspension);
  }

  /**
   * Sends no scores of a registration until `resume`. Scores in flight, and those of the same batch, are still sent; later ones are
   * not, so that they can be cancelled.
   *
   * @throws {NotFound} `registration_not_found`
   * @example
   * await passback.pause(registrationId);
   */
  async pause(registrationId: string): Promise<DeliveryStateView> {
    await this.registrations.get(registrationId);
    await this.suspensions.pause(registrationId);
    return this.state(registrationId);
  }

  /**
   * Ends an operator's pause, and every other suspension of the registration.
   *
   * @throws {NotFound} `registration_not_found`
   * @example
   * await passback.resume(registrationId);
   */
  async resume(registrationId: string): Promise<DeliveryStateView> {
    await this.registrations.get(registrationId);
    await this.suspensions.resume(registrationId);
    await this.deliveryQueue.add(registrationId);
    return this.state(registrationId);
  }

  /**
   * Ends the suspensions of one course.
   *
   * @throws {NotFound} `course_not_found`
   * @example
   * await passback.resumeCourse(courseId);
   */
  async resumeCourse(courseId: string): Promise<void> {
    const { registrationId } = await this.courses.get(courseId);
    await this.suspensions.resume(registrationId, courseId);
    await this.deliveryQueue.add(registrationId);
  }

  private async view(row: OutboxScore): Promise<OutboxScoreView> {
    const [names, suspensions] = await Promise.all([this.outboxAdmin.names([row]), this.suspensionsOf(row)]);
    return viewOutboxScore(row, suspensions, names.get(row.id));
  }

  private async viewAll(rows: readonly OutboxScore[]): Promise<OutboxScoreView[]> {
    const known = new Map<string, Promise<Suspension[]>>();
    const names = await this.outboxAdmin.names(rows);
    return Promise.all(
      rows.map(async (row) => viewOutboxScore(row, await this.suspensionsOf(row, known), names.get(row.id))),
    );
  }

  /** The suspensions that a pending score waits for, the widest first. */
  private async suspensionsOf(
    row: OutboxScore,
    known = new Map<string, Promise<Suspension[]>>(),
  ): Promise<Suspension[]> {
    if (row.status !== 'pending') return [];
    const { registrationId } = row;
    const listed = known.get(registrationId) ?? this.suspensions.list(registrationId);
    known.set(registrationId, listed);
    const now = this.clock.now();
    return (await listed).filter(
      ({ subject, retryAt }) => covers(subject, row) && (retryAt === null || retryAt > now),
    );
  }
}
