import { LtiError } from '../common/lti-error.js';
import {
  AuthenticationFailed,
  AuthenticationUndecided,
  ScopeMismatch,
} from '../access-tokens/access-token.errors.js';
import { GradesRefused } from '../lti-services/grades/grades.errors.js';

/** The tool may not read the grades of the course. The sync does not fail for this. */
const REFUSALS = [AuthenticationFailed, GradesRefused, ScopeMismatch];

/** The codes of errors that can be about one line item alone: the results of the others are read. */
const OF_ONE_LIST: ReadonlySet<string> = new Set([
  'authentication_failed',
  'foreign_line_item',
  'foreign_next_link',
  'grades_refused',
  'grades_unavailable',
  'grades_unreadable',
  'line_item_gone',
  'page_loop',
  'platform_redirect_refused',
  'platform_response_too_large',
  'too_many_grades',
  'too_many_pages',
  'unreadable_next_link',
  'unsafe_url',
]);

type Refusal = InstanceType<(typeof REFUSALS)[number]>;

export function isRefusal(error: unknown): error is Refusal {
  return REFUSALS.some((refusal) => error instanceof refusal);
}

/** Whether the platform itself, and not a proxy's page, says that it has no such list. */
export function isListGone(refusal: Refusal): boolean {
  return refusal instanceof GradesRefused && refusal.code === 'line_item_gone' && !refusal.answer.isPage;
}

export function isOfOneList(error: unknown): error is LtiError {
  return !isUndecided(error) && error instanceof LtiError && OF_ONE_LIST.has(error.code);
}

/** The token may be dead: the run waits for the answer. */
function isUndecided(error: unknown): boolean {
  return error instanceof AuthenticationUndecided;
}
