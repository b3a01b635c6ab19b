import { Injectable, Optional } from '@nestjs/common';
import { Counter, Histogram } from 'prom-client';
import { LtiError } from '../common/lti-error.js';
import { LtiMetrics } from './lti-metrics.js';
import { RegistrationStatistics } from './registration-statistics.js';
import { codeOf, withSpan } from './spans.js';

/** The facts about a run that its span has. `traceparent` is that of the span that requested it. */
interface MeasuredRun {
  id: string;
  courseId: string;
  registrationId: string;
  attempt: number;
  createdAt: Date;
  startedAt: Date | null;
}

const LAUNCH_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const SYNC_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];
const WAIT_SECONDS = [1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400];

/** The metrics and spans of launches, course syncs and scores. */
@Injectable()
export class WorkMetrics {
  private readonly launches: Counter<'version' | 'outcome'>;
  private readonly launchSeconds: Histogram<'version'>;
  private readonly syncs: Counter<'outcome'>;
  private readonly syncSeconds: Histogram<'outcome'>;
  private readonly syncWaitSeconds: Histogram;
  private readonly scores: Counter<'outcome'>;
  private readonly scoreWaitSeconds: Histogram;

  /** @param statistics default: kept by nobody */
  constructor(
    { registry }: LtiMetrics,
    @Optional() private readonly statistics: RegistrationStatistics = new RegistrationStatistics(),
  ) {
    const registers = [registry];
    this.launches = new Counter({
      name: 'nest_lti_launches_total',
      help: 'Launches, by version of LTI and outcome: `accepted`, `proof_page`, or the code of the error.',
      labelNames: ['version', 'outcome'],
      registers,
    });
    this.launchSeconds = new Histogram({
      name: 'nest_lti_launch_seconds',
      help: 'Seconds from the launch request to its answer, with the LaunchHandler of the application.',
      labelNames: ['version'],
      buckets: LAUNCH_SECONDS,
      registers,
    });
    this.syncs = new Counter({
      name: 'nest_lti_syncs_total',
      help: 'Attempts of course syncs, by outcome; `postponed` is tried again.',
      labelNames: ['outcome'],
      registers,
    });
    this.syncSeconds = new Histogram({
      name: 'nest_lti_sync_seconds',
      help: 'Seconds that attempts of course syncs took.',
      labelNames: ['outcome'],
      buckets: SYNC_SECONDS,
      registers,
    });
    this.syncWaitSeconds = new Histogram({
      name: 'nest_lti_sync_wait_seconds',
      help: 'Seconds from the request of a course sync to its first attempt.',
      buckets: WAIT_SECONDS,
      registers,
    });
    this.scores = new Counter({
      name: 'nest_lti_scores_total',
      help: 'Attempts to deliver a score, by outcome: `posted`, `rejected`, or `pending` (tried again).',
      labelNames: ['outcome'],
      registers,
    });
    this.scoreWaitSeconds = new Histogram({
      name: 'nest_lti_score_wait_seconds',
      help: 'Seconds from the arrival of a score in the outbox to its end as posted or rejected.',
      buckets: WAIT_SECONDS,
      registers,
    });
    for (const outcome of ['completed', 'failed', 'postponed']) this.syncs.inc({ outcome }, 0);
    for (const outcome of ['posted', 'rejected', 'pending']) this.scores.inc({ outcome }, 0);
    for (const version of ['1.1', '1.3']) this.launches.inc({ version, outcome: 'accepted' }, 0);
  }

  /**
   * @param work resolves with its outcome: nothing means `accepted`. It calls `isOf` as soon as it knows the registration of the
   *   launch.
   */
  async launch(
    version: '1.1' | '1.3',
    work: (isOf: (registrationId: string | undefined) => void) => Promise<'proof_page' | undefined>,
  ): Promise<void> {
    const stop = this.launchSeconds.startTimer({ version });
    let outcome = 'accepted';
    let registrationId: string | undefined;
    const isOf = (known: string | undefined): void => {
      registrationId = known;
    };
    try {
      await withSpan('lti launch', { 'nest_lti.lti_version': version }, async (add) => {
        outcome = (await work(isOf)) ?? outcome;
        add({ 'nest_lti.outcome': outcome });
      });
    } catch (error) {
      outcome = codeOf(error);
      throw error;
    } finally {
      stop();
      this.launches.inc({ version, outcome });
      // The launch that follows the page counts.
      if (registrationId !== undefined && outcome !== 'proof_page')
        this.statistics.add(registrationId, { [outcome === 'accepted' ? 'launches' : 'refusedLaunches']: 1 });
    }
  }

  /** One attempt of a sync run. */
  async sync<T extends { status: string }>(
    { id, courseId, registrationId, attempt, createdAt, startedAt }: MeasuredRun,
    queuedBy: string | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    if (attempt === 1 && startedAt !== null)
      this.syncWaitSeconds.observe(Math.max(0, startedAt.getTime() - createdAt.getTime()) / 1000);
    const stop = this.syncSeconds.startTimer();
    const attributes = {
      'nest_lti.sync_run.id': id,
      'nest_lti.course.id': courseId,
      'nest_lti.registration.id': registrationId,
      'nest_lti.sync_run.attempt': attempt,
    };
    let outcome = 'failed';
    try {
      return await withSpan(
        'course sync',
        attributes,
        async (add) => {
          const end = await work();
          outcome = end.status;
          add({ 'nest_lti.outcome': outcome });
          return end;
        },
        { kind: 'consumer', queuedBy },
      );
    } catch (error) {
      const isPostponed =
        error instanceof LtiError && (error.retryAt !== undefined || error.code === 'sync_run_handed_back');
      if (isPostponed) outcome = 'postponed';
      throw error;
    } finally {
      stop({ outcome });
      this.syncs.inc({ outcome });
      if (outcome !== 'postponed')
        this.statistics.add(registrationId, { [outcome === 'completed' ? 'syncs' : 'failedSyncs']: 1 });
    }
  }

  /** An attempt to deliver a score was stored. */
  score(outcome: 'posted' | 'rejected' | 'pending', waitedMs: number, registrationId: string): void {
    this.scores.inc({ outcome });
    if (outcome === 'pending') return;
    this.scoreWaitSeconds.observe(Math.max(0, waitedMs) / 1000);
    this.statistics.add(registrationId, { [outcome === 'posted' ? 'scores' : 'rejectedScores']: 1 });
  }
}
