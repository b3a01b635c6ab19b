import { LtiError } from '../../common/lti-error.js';
import { type MembershipRefusalReason } from '../families/refusals.js';

/** The check of a memberships request that failed. Only the end point catches it; the family decides on the answer. */
export class MembershipsRefused extends LtiError {
  readonly code = 'simulated_memberships_refused';
  readonly status = 400;

  constructor(readonly reason: MembershipRefusalReason) {
    super(`The memberships are refused: ${reason}.`);
  }
}
