import { LtiError } from '../../common/lti-error.js';
import { type GradebookOddityReason, type GradebookRefusalReason } from '../families/refusals.js';

/** The check of a gradebook request that failed. Only the end points catch it; the family decides on the answer. */
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
