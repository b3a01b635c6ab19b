import { DeliveryQueueService } from '../../src/grade-passback/delivery-queue.service.js';
import { type OutboxScoreView } from '../../src/grade-passback/outbox.schema.js';
import { type SuspensionView } from '../../src/grade-passback/suspension.view.js';
import { type JobQueue } from '../../src/jobs/job-queues.js';
import { type GradedCourse, type PassbackScene, type PassbackState } from './passback-scene.js';
import { until } from './until.js';

/** Waits until no job of the registration is active or due, wherever the jobs are. */
export async function untilIdle({ lti, registrationId }: PassbackScene): Promise<void> {
  const deliveries = lti.app.get(DeliveryQueueService, { strict: false });
  const queue = Reflect.get(deliveries, 'queue') as JobQueue<{ registrationId: string }>;
  await until('the end of the job', async () => {
    const jobs = await queue.getJobs(['waiting', 'prioritized', 'active']);
    return jobs.some(({ data }) => data.registrationId === registrationId) ? undefined : true;
  });
}

/** Waits until `count` suspensions of the scene are in force, and returns them. Expired ones are left out. */
export async function untilSuspended(scene: PassbackScene, count = 1): Promise<SuspensionView[]> {
  await scene.untilState((state) => waiting(scene, state).length >= count);
  await untilIdle(scene);
  return (await scene.state()).suspensions;
}

function waiting(scene: PassbackScene, { suspensions }: PassbackState): SuspensionView[] {
  const now = scene.lti.clock.now().toISOString();
  return suspensions.filter(({ retryAt }) => retryAt !== null && retryAt > now);
}

/** Advances the clock to the end of the last suspension. */
export async function passSuspensions(scene: PassbackScene): Promise<void> {
  const ends = waiting(scene, await scene.state()).map(({ retryAt }) => Date.parse(retryAt ?? ''));
  await scene.pass(Math.max(0, ...ends.map((end) => end - scene.lti.clock.nowMs())));
}

/** Waits until an attempt has failed, and returns the scores. The scores that were claimed with it are settled then, too. */
export function untilOneWaits(scene: PassbackScene, course: GradedCourse): Promise<OutboxScoreView[]> {
  return scene.untilScores(course, (scores) =>
    scores.some(({ status, error }) => status === 'pending' && error !== null),
  );
}

/** Advances the clock by this step repeatedly, until no score of the course is pending. */
export function passUntilSettled(
  scene: PassbackScene,
  course: GradedCourse,
  stepMs = 60_000,
): Promise<OutboxScoreView[]> {
  return until('every score settled', async () => {
    await scene.pass(stepMs);
    const scores = await scene.scores(course);
    return scores.some(({ status }) => status === 'pending') ? undefined : scores;
  });
}

/** The number of scores by status. */
export function tally(scores: readonly OutboxScoreView[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of scores) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** Scores for `count` students, from `2` on, in a course with one member more. */
export function scoresFor(students: number): { userId: string; scoreGiven: number }[] {
  return Array.from({ length: students }, (_, index) => ({
    userId: String(index + 2),
    scoreGiven: index % 21,
  }));
}
