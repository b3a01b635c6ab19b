import { type LtiError } from '../../common/lti-error.js';
import { harmless, readable } from '../../common/platform-words.js';
import { explanationOf } from '../platform-explanation.js';
import { type PlatformResponse } from '../../platform-http/platform-request.js';
import { parseRetryAfter } from '../../platform-http/retry-after.js';
import { type PlatformFamily } from '../../registrations/platform-family.js';
import { isFromGradebook } from '../grades/score-exchange.js';
import { membershipErrors, MembershipsRefused } from './memberships.errors.js';

const DEFAULT_RETRY_MS = 60_000;

const ADVICE: Readonly<Record<number, string>> = {
  400: 'It did not understand the request: check the memberships URL of the course, and filters if you gave any.',
  403:
    'Ask its administrator to enable the names and roles service for this tool, ' +
    'and check that the tool is still part of this course.',
  404: 'The course is gone or concluded there, or the tool was removed from it. Launch the tool from the course again, or delete the course here.',
  410: 'The course is gone there. Delete it here.',
};
const OTHER_ADVICE = 'Check the memberships URL of the course.';

/** Explains an error status for the operator. A later page fails as the first one would. */
export function membershipsRefusal(
  response: PlatformResponse,
  page: number,
  family: PlatformFamily,
): LtiError {
  const { status: platformStatus, body } = response;
  const explanation = explanationOf(body);
  const refusal = { platformStatus, page, words: harmless(explanation?.words ?? readable(body)) };
  if (explanation?.error === 'above_response_limit') {
    return membershipErrors.abovePlatformLimit(platformStatus, page);
  }
  if (platformStatus < 500) {
    // The families refuse a roster in the manner of their gradebooks.
    const isCourseGone =
      (platformStatus === 404 || platformStatus === 410) && isFromGradebook(response, family);
    const advice = ADVICE[platformStatus] ?? OTHER_ADVICE;
    return new MembershipsRefused({ ...refusal, advice }, isCourseGone);
  }
  const retryAt =
    parseRetryAfter(response.headers, response.receivedAt) ??
    new Date(response.receivedAt.getTime() + DEFAULT_RETRY_MS);
  const advice =
    "Try again later; if that does not help, see the platform's own log. Moodle also fails so when it is asked for a resource link of another course.";
  return membershipErrors.unavailable({ ...refusal, advice }, retryAt);
}
