import { LtiError } from '../common/lti-error.js';
import {
  type GradebookOddityReason,
  type GradebookRefusalReason,
  type MembershipRefusalReason,
  type TokenRefusalReason,
} from './refusals.js';

/** Thrown at start: a test double answers this machine only. */
export class NotLoopback extends LtiError {
  readonly code = 'simulated_platform_not_loopback';
  readonly status = 500;

  constructor(host: string) {
    super(`A simulated platform binds to loopback only, not to ${host}. Use 127.0.0.1, ::1 or localhost.`);
  }
}

export class UnknownSimulatedCourse extends LtiError {
  readonly code = 'unknown_simulated_course';
  readonly status = 404;

  constructor(contextId: string) {
    super(`The simulated platform has no course ${contextId}. Add it with addCourse.`);
  }
}

export class DuplicateSimulatedCourse extends LtiError {
  readonly code = 'duplicate_simulated_course';
  readonly status = 409;

  constructor(contextId: string) {
    super(`The simulated platform has a course ${contextId} already. Choose another contextId.`);
  }
}

/** Inside the token endpoint: which check failed. Its answer is the family's business. */
export class TokenRefused extends LtiError {
  readonly code = 'simulated_token_refused';
  readonly status = 400;
  override readonly specRef = 'RFC 6749 5.2';

  constructor(
    readonly reason: TokenRefusalReason,
    readonly detail: string,
  ) {
    super(detail);
  }
}

/** Inside the memberships endpoint: which check failed. Its answer is the family's business. */
export class MembershipsRefused extends LtiError {
  readonly code = 'simulated_memberships_refused';
  readonly status = 400;

  constructor(readonly reason: MembershipRefusalReason) {
    super(`The memberships are refused: ${reason}.`);
  }
}

export class UnknownSimulatedLineItem extends LtiError {
  readonly code = 'unknown_simulated_line_item';
  readonly status = 404;

  constructor(idOrUrl: string) {
    super(`The gradebook has no line item ${idOrUrl}. Add it with addLineItem, or let the tool create it.`);
  }
}

/** Inside the gradebook endpoints: which check failed. Its answer is the family's business. */
export class GradebookRefused extends LtiError {
  readonly code = 'simulated_gradebook_refused';
  readonly status = 400;
  override readonly specRef = 'AGS 2.0';

  /** @param values what the placeholders of the family's words stand for */
  constructor(
    readonly reason: GradebookRefusalReason | GradebookOddityReason,
    readonly values: Readonly<Record<string, string>> = {},
  ) {
    super(`The gradebook refuses: ${reason}.`);
  }
}
