import { type LtiError } from '../../common/lti-error.js';
import { harmless, readable } from '../../common/platform-words.js';
import { type PlatformResponse } from '../../platform-http/platform-http.service.js';
import { parseRetryAfter } from '../../platform-http/retry-after.js';
import { type PlatformFamily } from '../../registrations/platform-family.js';
import { explanationOf } from '../platform-explanation.js';
import { GradesRefused, GradesUnavailable, LineItemGone, ScoreStale } from './grades.errors.js';

const DEFAULT_RETRY_MS = 60_000;

const ADVICE: Readonly<Record<number, string>> = {
  400: 'It did not understand the request, or knows the user or the line item not.',
  403: 'Ask its administrator to enable the grade services for this tool, and check that the tool is still in this course.',
  422: 'It does not take this for this user: scores are for students of the course.',
};
const OTHER_ADVICE = 'Check the line item and the tool in the course.';

/** Moodle's body of a refused score: it says why in the reason phrase, with the score in it. */
const SAYS_NOTHING = /^\s*\[\s*\]\s*$/;

/** What an answer that is no success means, in words for the operator. */
export function gradesRefusal(response: PlatformResponse, what: string): LtiError {
  const { status: platformStatus, body } = response;
  const words = harmless(explanationOf(body)?.words ?? (SAYS_NOTHING.test(body) ? '' : readable(body)));
  const answer = { platformStatus, what, words };
  if (platformStatus >= 500) {
    const retryAt =
      parseRetryAfter(response.headers, response.receivedAt) ??
      new Date(response.receivedAt.getTime() + DEFAULT_RETRY_MS);
    return new GradesUnavailable(answer, retryAt);
  }
  if (platformStatus === 404 || platformStatus === 410) return new LineItemGone(answer);
  return new GradesRefused(answer, ADVICE[platformStatus] ?? OTHER_ADVICE);
}

/** The same for a score, where some refusals say that the platform has as new a one already. */
export function scoreRefusal(response: PlatformResponse, family: PlatformFamily): LtiError {
  const refusal = gradesRefusal(response, 'the score');
  return refusal instanceof GradesRefused && isStale(response, family)
    ? new ScoreStale(refusal.answer)
    : refusal;
}

/** Which words mean it, where it is not a 409. */
const STALE_WORDS: Partial<Record<PlatformFamily, RegExp>> = {
  canvas: /Provided timestamp of .+ before last updated timestamp/,
  openedx: /timestamp can only be updated to a later/i,
};

function isStale({ status, body }: PlatformResponse, family: PlatformFamily): boolean {
  return status === 409 || (status === 400 && STALE_WORDS[family]?.test(body) === true);
}
