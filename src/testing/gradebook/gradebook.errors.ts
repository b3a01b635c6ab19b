import { InvalidRequest } from '../../common/reactions.errors.js';
import { type GradebookOddityReason, type GradebookRefusalReason } from '../families/refusals.js';

/** The check of a gradebook request that failed. Only the end points catch it; the family decides on the answer. */
export class GradebookRefused extends InvalidRequest {
  /** @param values what the placeholders of the family's words stand for */
  constructor(
    readonly reason: GradebookRefusalReason | GradebookOddityReason,
    readonly values: Readonly<Record<string, string>> = {},
  ) {
    super({
      code: 'simulated_gradebook_refused',
      message: `The gradebook refuses: ${reason}.`,
      specRef: 'AGS 2.0',
    });
  }
}
