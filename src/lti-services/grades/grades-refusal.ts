import { type LtiError } from '../../common/lti-error.js';
import { harmless, readable } from '../../common/platform-words.js';
import { Scope } from '../../common/scopes.js';
import { AuthenticationFailed, ScopeMismatch } from '../../access-tokens/access-token.errors.js';
import { type PlatformResponse } from '../../platform-http/platform-request.js';
import { parseRetryAfter } from '../../platform-http/retry-after.js';
import { type PlatformFamily } from '../../registrations/platform-family.js';
import { explanationOf } from '../platform-explanation.js';
import { type GradesAnswer, gradesErrors, GradesRefused, ScoreIntercepted } from './grades.errors.js';
import { isFromGradebook, isPage, lacksScope, refusesToken } from './score-exchange.js';

const DEFAULT_RETRY_MS = 60_000;

const ADVICE: Readonly<Record<number, string>> = {
  400: 'It did not understand the request, or does not know the user or the line item.',
  403: 'Ask its administrator to enable the grade services for this tool, and check that the tool is still in this course.',
  412: 'The line item may belong to another tool.',
  422: 'It does not accept this score. Common reasons: the user is not a student, has no attempts left, or the course is concluded.',
};
const USER_ADVICE = 'The platform does not know this user in the course: a score needs an enrolled user.';
const OTHER_ADVICE = 'Check the line item and the tool in the course.';

/** Moodle's body of a refused score. Its reason phrase says why, and contains the score. */
const SAYS_NOTHING = /^\s*\[\s*\]\s*$/;

/** The error for an answer that is not a success, with advice for the operator. */
export function gradesRefusal(response: PlatformResponse, what: string): LtiError {
  const answer = answerOf(response, what);
  const { platformStatus } = answer;
  if (platformStatus >= 500) {
    const retryAt =
      parseRetryAfter(response.headers, response.receivedAt) ??
      new Date(response.receivedAt.getTime() + DEFAULT_RETRY_MS);
    return gradesErrors.unavailable(answer, retryAt);
  }
  if (platformStatus === 404 || platformStatus === 410) return gradesErrors.lineItemGone(answer);
  return new GradesRefused(answer, ADVICE[platformStatus] ?? OTHER_ADVICE);
}

function answerOf(response: PlatformResponse, what: string): GradesAnswer {
  return {
    platformStatus: response.status,
    what,
    words: wordsOf(response.body),
    isPage: isPage(response),
  };
}

function wordsOf(body: string): string {
  return harmless(explanationOf(body)?.words ?? (SAYS_NOTHING.test(body) ? '' : readable(body)));
}

/**
 * The error for an answer by which a score was not saved. Only the gradebook can reject a score: answers of proxies and
 * firewalls are ScoreIntercepted. Some refusals mean that the platform has a newer score, and some are about the token.
 */
export function scoreRefusal(response: PlatformResponse, family: PlatformFamily): LtiError {
  const answer = answerOf(response, 'the score');
  const { words } = answer;
  if (response.status >= 200 && response.status < 300) {
    return gradesErrors.scoreNotSaved({ ...answer, words: '' });
  }
  if (lacksScope(response, words, family)) return new ScopeMismatch([Scope.score], []);
  if (!isFromGradebook(response, family)) return new ScoreIntercepted(answer);
  if (refusesToken(response, words, family)) return new AuthenticationFailed(response.url);
  const refusal = gradesRefusal(response, 'the score');
  if (!(refusal instanceof GradesRefused)) return refusal;
  if (isStale(response, family)) return gradesErrors.scoreStale(answer);
  // Brightspace: 404 "User in requested score does not exist". The line item is there.
  if (refusal.code === 'line_item_gone' && ABOUT_THE_USER.test(words))
    return new GradesRefused(answer, USER_ADVICE);
  return refusal;
}

const ABOUT_THE_USER = /\buser\b/i;

/** The texts of families that do not answer 409 to a stale score. */
const STALE_WORDS: Partial<Record<PlatformFamily, RegExp>> = {
  canvas: /Provided timestamp of .+ before last updated timestamp/,
  openedx: /timestamp can only be updated to a later/i,
};

function isStale({ status, body }: PlatformResponse, family: PlatformFamily): boolean {
  return status === 409 || (status === 400 && STALE_WORDS[family]?.test(body) === true);
}
