import { UnsafeUrl } from '../common/url-policy.errors.js';
import {
  ForeignLineItem,
  GradesRefused,
  GradesUnavailable,
  GradesUnreadable,
  TooManyGrades,
} from '../lti-services/grades/grades.errors.js';
import {
  ForeignNextLink,
  PageLoop,
  TooManyPages,
  UnreadableNextLink,
} from '../lti-services/paging/paging.errors.js';
import { AuthenticationFailed, ScopeMismatch } from '../access-tokens/access-token.errors.js';
import { RedirectRefused, ResponseTooLarge } from '../platform-http/platform-http.errors.js';

/** The tool may not read the grades of the course: no fault of its sync. */
const REFUSALS = [AuthenticationFailed, GradesRefused, ScopeMismatch];

/** What can be about one line item alone: the results of the others are read. */
const OF_ONE_LIST = [
  AuthenticationFailed,
  ForeignLineItem,
  ForeignNextLink,
  GradesRefused,
  GradesUnavailable,
  GradesUnreadable,
  PageLoop,
  RedirectRefused,
  ResponseTooLarge,
  TooManyGrades,
  TooManyPages,
  UnreadableNextLink,
  UnsafeUrl,
];

type Refusal = InstanceType<(typeof REFUSALS)[number]>;
type FaultOfOneList = InstanceType<(typeof OF_ONE_LIST)[number]>;

export function isRefusal(error: unknown): error is Refusal {
  return !isInconclusive(error) && REFUSALS.some((refusal) => error instanceof refusal);
}

export function isOfOneList(error: unknown): error is FaultOfOneList {
  return !isInconclusive(error) && OF_ONE_LIST.some((fault) => error instanceof fault);
}

/** The token may be dead: the run waits for the answer. */
function isInconclusive(error: unknown): boolean {
  return error instanceof AuthenticationFailed && !error.conclusive;
}
