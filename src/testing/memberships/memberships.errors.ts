import { InvalidRequest } from '../../common/reactions.errors.js';
import { type MembershipRefusalReason } from '../families/refusals.js';

/** The check of a memberships request that failed. Only the end point catches it; the family decides on the answer. */
export class MembershipsRefused extends InvalidRequest {
  constructor(readonly reason: MembershipRefusalReason) {
    super({ code: 'simulated_memberships_refused', message: `The memberships are refused: ${reason}.` });
  }
}
