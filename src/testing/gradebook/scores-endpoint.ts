import { type Endpoint } from '../platform/endpoint.js';
import { checkSubmission, fileAnswer, isAttempt, keepsGrade, submittedAtOf } from './canvas-submission.js';
import { type GradebookAccess } from './gradebook-access.js';
import { below } from './gradebook-paths.js';
import { type Answer, type PlatformRequest } from '../http/http-exchange.js';
import { hasRole, isListed } from '../memberships/member-json.js';
import { type Score } from './score.schema.js';
import { readScore } from './score-reading.js';
import { agsScopes, scoreMediaType } from '../service-constants.js';
import { type SimulatedCourse } from '../platform/simulated-course.js';
import { type GradebookEntry, type SimulatedLineItem } from './simulated-line-item.js';
import { GradebookRefused } from './gradebook.errors.js';

/** The score service (AGS 2.0 3.4). */
export class ScoresEndpoint implements Endpoint {
  readonly faultTarget = 'scores';
  readonly #access: GradebookAccess;

  constructor(access: GradebookAccess) {
    this.#access = access;
  }

  matches(path: string): boolean {
    return this.#access.path(path)?.service === 'scores';
  }

  countRequest(): void {
    this.#access.platform.counters.counts.scoreRequests += 1;
  }

  courseOf(path: string): string | undefined {
    return this.#access.path(path)?.contextId;
  }

  enter({ url, body }: PlatformRequest): () => void {
    return this.#access.platform.scoreTraffic.enter(url.pathname, userIdIn(body));
  }

  answer(request: PlatformRequest): Answer {
    return this.#access.answerOrRefuse(request, () => this.#take(request));
  }

  unauthorized(request: PlatformRequest): Answer {
    return this.#access.unauthorized(request);
  }

  #take(request: PlatformRequest): Answer {
    this.#access.checkMethod(request, 'POST');
    const { course, item } = this.#access.lineItem(request, [agsScopes.score]);
    this.#access.checkContentType(request, scoreMediaType);
    const { scores, refusals } = this.#access.quirks;
    if (refusals.swallowed_body !== undefined && /[\r\n]/.test(request.body)) {
      throw new GradebookRefused('swallowed_body');
    }
    const score = readScore(request.body);
    this.#checkUser(course, score);
    this.#checkTimestamp(item, score);
    if (scores.countsAttempts) checkSubmission(score, item, this.#access.platform.clock.nowMs());
    if (item.locked) throw new GradebookRefused('locked_line_item', { item: item.id });
    const counts = scores.countedProgress.includes(score.gradingProgress);
    const clears = !counts || score.scoreGiven === undefined;
    item.take(score, {
      counts,
      isAttempt: scores.countsAttempts && isAttempt(score),
      submittedAt: submittedAtOf(score),
      keepsGrade: scores.countsAttempts && keepsGrade(score, item.entry(score.userId), clears),
      comments: scores.comments,
    });
    this.#access.platform.counters.counts.scoresAccepted += 1;
    return this.#taken(item, score, request);
  }

  #checkUser(course: SimulatedCourse, { userId }: Score): void {
    const { gradable } = this.#access.quirks.scores;
    if (course.isPastItsEnd && this.#access.quirks.refusals.course_past_its_end !== undefined) {
      throw new GradebookRefused('course_past_its_end', { user: userId });
    }
    if (gradable === 'anyone') return;
    const member = course.member(userId);
    const { unreadable_user_id: unreadable } = this.#access.quirks.refusals;
    if (member === undefined && unreadable !== undefined && !/^[0-9]+$/.test(userId)) {
      throw new GradebookRefused('unreadable_user_id', { user: userId });
    }
    if (member === undefined || !isListed(member, this.#access.platform.family.memberships)) {
      throw new GradebookRefused('unknown_user', { user: userId });
    }
    if (gradable === 'students' && !hasRole(member, 'Learner')) {
      throw new GradebookRefused('not_a_student', { user: userId });
    }
  }

  #checkTimestamp(item: SimulatedLineItem, { userId, timestamp }: Score): void {
    const last = item.entry(userId);
    if (last === undefined || !this.#isStale(timestamp, last)) return;
    throw new GradebookRefused('stale_timestamp', {
      item: item.id,
      user: userId,
      timestamp,
      last: new Date(last.timestamp).toISOString(),
    });
  }

  #isStale(timestamp: string, last: GradebookEntry): boolean {
    const { precision, refused } = this.#access.quirks.scores.timestamps;
    const unitMs = precision === 'second' ? 1000 : 1;
    const units = (text: string) => Math.floor(Date.parse(text) / unitMs);
    switch (refused) {
      case 'none':
        return false;
      case 'earlier':
        return units(timestamp) < units(last.timestamp);
      case 'earlier-or-equal':
        return units(timestamp) <= units(last.timestamp);
    }
  }

  #taken(item: SimulatedLineItem, score: Score, request: PlatformRequest): Answer {
    const { status, body } = this.#access.quirks.scores.success;
    const headers: Record<string, string> =
      status === 204 ? {} : { 'content-type': `${scoreMediaType}; charset=utf-8` };
    switch (body) {
      case 'none':
        return { status, headers, body: '' };
      case 'score':
        return { status, headers, body: JSON.stringify(score) };
      case 'result-url': {
        const url = this.#access.address(item.url, request);
        const isOwn = this.#access.quirks.results.ids === 'own';
        const id = isOwn ? (item.entry(score.userId)?.resultId ?? '') : score.userId;
        const resultUrl = below(url, `/results/${encodeURIComponent(id)}`);
        const files = fileAnswer(score, new URL('..', url).href.replace(/\/$/, ''));
        return { status, headers, body: JSON.stringify({ resultUrl, ...files }) };
      }
    }
  }
}

function userIdIn(body: string): string | undefined {
  try {
    const { userId } = JSON.parse(body) as { userId?: unknown };
    return typeof userId === 'string' ? userId : undefined;
  } catch {
    return undefined;
  }
}
