import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { Clock } from '../common/clock.js';
import { type Page } from '../common/page.schema.js';
import { InvalidRequest } from '../common/request.errors.js';
import { CourseService } from '../courses/course.service.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { isDeadlock } from '../database/postgres-errors.js';
import { RegistrationService } from '../registrations/registration.service.js';
import { afterCommit } from './after-commit.js';
import { TooManyScores } from './grade-passback.errors.js';
import { OutboxDesk } from './outbox-desk.service.js';
import { type IncomingScore, type Intake, OutboxIntake } from './outbox-intake.service.js';
import {
  type OutboxQuery,
  type OutboxScoreInput,
  type OutboxScoreView,
  type ScoreVerdict,
} from './outbox.schema.js';
import { viewOutboxScore } from './outbox-score.view.js';
import { type OutboxScore } from './outbox-score.entity.js';
import { covers, type PassbackHold } from './passback-hold.js';
import { PassbackHolds } from './passback-holds.repository.js';
import { type PassbackView, viewPassback } from './passback.view.js';
import { PassbackWakes } from './passback-wakes.service.js';
import { ScoreChecks } from './score-check.service.js';

/** Scores in one request. */
export const MAX_SCORES = 10_000;

export interface EnqueueOptions {
  /** Of a transaction on the same database: the score is in the outbox if and when that commits. */
  manager?: EntityManager;
}

/**
 * Posts grades that must not be lost: a score is stored, optionally in the caller's transaction, and sent until the
 * platform has it or says why not. Of the scores of a user only the newest is sent.
 */
@Injectable()
export class GradePassback {
  constructor(
    private readonly courses: CourseService,
    private readonly registrations: RegistrationService,
    private readonly checks: ScoreChecks,
    private readonly intake: OutboxIntake,
    private readonly desk: OutboxDesk,
    private readonly holds: PassbackHolds,
    private readonly wakes: PassbackWakes,
    @InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Puts one score into the outbox.
   *
   * @returns its id there; with an idempotency key that was used before, the id of that time
   * @throws InvalidRequest, also when the key was used for another score
   * @throws CourseNotFound, CourseWithoutLineItems, OutboxElsewhere
   */
  async enqueue(courseId: string, score: OutboxScoreInput, options: EnqueueOptions = {}): Promise<string> {
    const [verdict] = await this.enqueueAll(courseId, [score], options);
    if (verdict === undefined) throw new Error('A score got no verdict.');
    if (verdict.status === 'refused') throw new InvalidRequest(verdict.errors);
    return verdict.id;
  }

  /**
   * Puts up to 10,000 scores into the outbox, in their order: the good ones, with a verdict on each.
   *
   * @throws TooManyScores, CourseNotFound, CourseWithoutLineItems, OutboxElsewhere
   */
  async enqueueAll(
    courseId: string,
    scores: readonly unknown[],
    { manager = this.dataSource.manager }: EnqueueOptions = {},
  ): Promise<ScoreVerdict[]> {
    if (scores.length > MAX_SCORES) throw new TooManyScores(MAX_SCORES);
    const course = await this.courses.get(courseId);
    const checked = scores.map((score) => this.checks.check(course, score));
    const good = checked.flatMap((check): IncomingScore[] => ('score' in check ? [check.score] : []));
    const written = (await this.writeAll(manager, good)).values();
    const verdicts = checked.map((check, index): ScoreVerdict => {
      if ('errors' in check) return { index, status: 'refused', errors: check.errors };
      const { value } = written.next() as IteratorYieldResult<Intake>;
      return verdictOf(index, value);
    });
    if (good.length > 0) afterCommit(manager, () => void this.wakes.wake(course.registrationId));
    return verdicts;
  }

  /** @throws ScoreNotFound */
  async get(id: string): Promise<OutboxScoreView> {
    return this.view(await this.desk.get(id));
  }

  async list(query: OutboxQuery): Promise<Page<OutboxScoreView>> {
    const page = await this.desk.list(query, (row) => row);
    return { ...page, items: await this.viewAll(page.items) };
  }

  /**
   * Sends a rejected score again.
   *
   * @throws ScoreNotFound, ScoreSettled, CourseNotFound
   */
  async retry(id: string): Promise<OutboxScoreView> {
    const { courseId } = await this.desk.get(id);
    await this.courses.get(courseId);
    const score = await this.desk.retry(id);
    await this.wakes.wake(score.registrationId);
    return this.view(score);
  }

  /** Sends all rejected scores of a course again. */
  async retryCourse(courseId: string): Promise<number> {
    const { registrationId } = await this.courses.get(courseId);
    const retried = await this.desk.retryAll({ courseId });
    await this.wakes.wake(registrationId);
    return retried;
  }

  /**
   * Gives up a score that was rejected, or waits with no request in flight. One that was sent before may have arrived.
   *
   * @throws ScoreNotFound, ScoreSettled
   */
  async cancel(id: string): Promise<OutboxScoreView> {
    return this.view(await this.desk.cancel(id));
  }

  /** Gives up all rejected scores of a course. */
  async cancelCourse(courseId: string): Promise<number> {
    await this.courses.get(courseId);
    return this.desk.cancelAll({ courseId });
  }

  /**
   * What holds a registration's scores back, and how many there are.
   *
   * @throws RegistrationNotFound
   */
  async state(registrationId: string): Promise<PassbackView> {
    await this.registrations.get(registrationId);
    const [holds, counts] = await Promise.all([
      this.holds.list(registrationId),
      this.desk.count(registrationId),
    ]);
    return viewPassback(holds, counts);
  }

  /**
   * Sends nothing of a registration until `resume`. What is in flight, or claimed with it, still goes out.
   *
   * @throws RegistrationNotFound
   */
  async pause(registrationId: string): Promise<PassbackView> {
    await this.registrations.get(registrationId);
    await this.holds.pause(registrationId);
    return this.state(registrationId);
  }

  /**
   * Lifts a pause, and whatever else holds the registration's scores back.
   *
   * @throws RegistrationNotFound
   */
  async resume(registrationId: string): Promise<PassbackView> {
    await this.registrations.get(registrationId);
    await this.holds.resume(registrationId);
    await this.wakes.wake(registrationId);
    return this.state(registrationId);
  }

  /**
   * Lifts what holds back the scores of one course.
   *
   * @throws CourseNotFound
   */
  async resumeCourse(courseId: string): Promise<void> {
    const { registrationId } = await this.courses.get(courseId);
    await this.holds.resume(registrationId, courseId);
    await this.wakes.wake(registrationId);
  }

  private async view(row: OutboxScore): Promise<OutboxScoreView> {
    return viewOutboxScore(row, await this.suspensionsOf(row));
  }

  private async viewAll(rows: readonly OutboxScore[]): Promise<OutboxScoreView[]> {
    const known = new Map<string, Promise<PassbackHold[]>>();
    return Promise.all(rows.map(async (row) => viewOutboxScore(row, await this.suspensionsOf(row, known))));
  }

  /** What a pending score waits for beside itself, the widest first. */
  private async suspensionsOf(
    row: OutboxScore,
    known = new Map<string, Promise<PassbackHold[]>>(),
  ): Promise<PassbackHold[]> {
    if (row.status !== 'pending') return [];
    const { registrationId } = row;
    const listed = known.get(registrationId) ?? this.holds.list(registrationId);
    known.set(registrationId, listed);
    const now = this.clock.now();
    return (await listed).filter(
      (hold) => covers(hold.subject, row) && (hold.retryAt === null || hold.retryAt > now),
    );
  }

  /** All or nothing: a caller that hears of a failure can send them all again. */
  private writeAll(manager: EntityManager, scores: readonly IncomingScore[]): Promise<Intake[]> {
    if (scores.length === 0) return Promise.resolve([]);
    return manager.queryRunner?.isTransactionActive === true
      ? this.intake.write(manager, scores)
      : this.writeInOwnTransaction(manager, scores);
  }

  /** Requests with the same idempotency keys in another order may wait for each other: one goes on, the other begins again. */
  private async writeInOwnTransaction(
    manager: EntityManager,
    scores: readonly IncomingScore[],
    tries = 5,
  ): Promise<Intake[]> {
    try {
      return await manager.transaction((own) => this.intake.write(own, scores));
    } catch (error) {
      if (tries === 1 || !isDeadlock(error)) throw error;
      return this.writeInOwnTransaction(manager, scores, tries - 1);
    }
  }
}

function verdictOf(index: number, { status, id }: Intake): ScoreVerdict {
  if (status !== 'key-taken') return { index, status, id };
  const message = `was used for another score: ${id}`;
  return { index, status: 'refused', errors: [{ field: 'idempotencyKey', message }] };
}
