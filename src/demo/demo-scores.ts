import cliProgress from 'cli-progress';
import { setTimeout as delay } from 'node:timers/promises';
import { type MemberView } from '../courses/course.schema.js';
import { type ScoreVerdicts } from '../grade-passback/outbox.schema.js';
import { type DeliveryStateView } from '../grade-passback/delivery-state.view.js';
import { type DemoServices } from './demo-services.js';
import { type SyncResult } from './demo-sync.js';

const SCORES = 1000;
/** How many of them correct an earlier one of the same request. */
const CORRECTIONS = 25;
/** A token life that is enough for many of the scores, but not for all. */
const TOKEN_LIFE_S = 2;
const SCORE_LATENCY_MS = 16;
const MAX_PAGE = 500;
const POLL_MS = 100;
const GIVE_UP_MS = 300_000;

export interface ScoresResult {
  /** The scores in the outbox by their outcome. */
  enqueued: number;
  posted: number;
  rejected: number;
  superseded: number;
  /** Scores that the LMS accepted. */
  accepted: number;
  /** Counted by the LMS since the first score. */
  tokenRequests: number;
  seconds: number;
}

interface LmsCounts {
  tokenRequests: number;
  scoresAccepted: number;
}

/** A thousand scores for all courses, with a token that expires while they are sent. */
export async function postScores(services: DemoServices, synced: SyncResult): Promise<ScoresResult> {
  const { lms, api } = services;
  const { registrationId, courses } = synced;
  await lms.post('/_control/faults', { kind: 'token-life', seconds: TOKEN_LIFE_S });
  await lms.post('/_control/faults', {
    kind: 'latency',
    on: 'scores',
    ms: SCORE_LATENCY_MS,
    times: 'always',
  });
  // After this edit, tokens of the previous settings are not used again.
  await api.patch(`/api/v1/registrations/${registrationId}`, { name: 'Simulated LMS with short tokens' });
  const before = await lms.get<LmsCounts>('/_control/counts');
  const startedAt = performance.now();

  const students = await Promise.all(courses.map(({ run }) => studentsOf(services, run.courseId)));
  let left = SCORES;
  let enqueued = 0;
  // Small courses come first, since they have fewer students than their share.
  const order = courses.map((_, index) => index).toSorted((one, other) => sizeOf(one) - sizeOf(other));
  for (const [nth, index] of order.entries()) {
    const share = Math.min(sizeOf(index), Math.ceil(left / (order.length - nth)));
    left -= share;
    const course = courses[index];
    if (course === undefined) continue;
    const chosen = (students[index] ?? []).slice(0, share);
    enqueued += await enqueue(services, { id: course.run.courseId, contextId: course.contextId }, chosen);
  }
  await untilSent(services, registrationId, enqueued);
  await lms.delete('/_control/faults');

  const after = await lms.get<LmsCounts>('/_control/counts');
  return {
    enqueued,
    posted: await countOf(services, registrationId, 'posted'),
    rejected: await countOf(services, registrationId, 'rejected'),
    superseded: await countOf(services, registrationId, 'superseded'),
    accepted: after.scoresAccepted - before.scoresAccepted,
    tokenRequests: after.tokenRequests - before.tokenRequests,
    seconds: Math.round((performance.now() - startedAt) / 100) / 10,
  };

  function sizeOf(index: number): number {
    return students[index]?.length ?? 0;
  }
}

/** @returns how many were accepted */
async function enqueue(
  { lms, api }: DemoServices,
  course: { id: string; contextId: string },
  userIds: readonly string[],
): Promise<number> {
  const item = await lms.post<{ url: string }>(
    `/_control/courses/${encodeURIComponent(course.contextId)}/line-items`,
    { label: 'Quiz', scoreMaximum: 20 },
  );
  const score = (userId: string, scoreGiven: number) => ({
    lineItemId: item.url,
    userId,
    scoreGiven,
    scoreMaximum: 20,
  });
  const corrected = userIds.slice(0, CORRECTIONS / 5).map((userId) => score(userId, 0));
  const scores = userIds.map((userId, nth) => score(userId, nth % 21));
  const { accepted } = await api.post<ScoreVerdicts>(`/api/v1/courses/${course.id}/scores`, [
    ...corrected,
    ...scores,
  ]);
  return accepted;
}

async function studentsOf({ api }: DemoServices, courseId: string): Promise<string[]> {
  const pages = pagesOf<MemberView>(api, `/api/v1/courses/${courseId}/members?role=Learner&status=Active`);
  const students: string[] = [];
  for await (const members of pages) {
    students.push(...members.map(({ userId }) => userId));
    if (students.length >= SCORES) break;
  }
  return students;
}

/** Shows the progress until nothing is pending. */
async function untilSent({ api }: DemoServices, registrationId: string, total: number): Promise<void> {
  const bar = new cliProgress.SingleBar(
    {
      format: 'Posting [{bar}] {value}/{total} scores',
      stream: process.stderr,
      noTTYOutput: false,
      gracefulExit: true,
    },
    cliProgress.Presets.shades_classic,
  );
  bar.start(total, 0);
  const giveUpAt = performance.now() + GIVE_UP_MS;
  try {
    for (;;) {
      const { scores } = await api.get<DeliveryStateView>(`/api/v1/registrations/${registrationId}/delivery`);
      bar.update(total - scores.pending);
      if (scores.pending === 0) return;
      if (performance.now() > giveUpAt) throw new Error('The scores were not sent in time.');
      await delay(POLL_MS);
    }
  } finally {
    bar.stop();
  }
}

async function countOf({ api }: DemoServices, registrationId: string, status: string): Promise<number> {
  let count = 0;
  for await (const page of pagesOf(api, `/api/v1/scores?registrationId=${registrationId}&status=${status}`)) {
    count += page.length;
  }
  return count;
}

/** Every entry of a list. */
async function* pagesOf<T>(api: DemoServices['api'], list: string): AsyncGenerator<T[]> {
  for (let cursor = ''; ;) {
    const page = await api.get<{ items: T[]; nextCursor?: string }>(`${list}&limit=${MAX_PAGE}${cursor}`);
    yield page.items;
    if (page.nextCursor === undefined) return;
    cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`;
  }
}
