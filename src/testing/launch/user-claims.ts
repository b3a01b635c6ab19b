import { type LaunchQuirks } from '../families/launch-quirks.js';
import { type Claims } from './claim-names.js';
import { membershipRole } from '../service-constants.js';
import { type SimulatedMember } from '../memberships/simulated-member.schema.js';

/** The claims about a user (OpenID Connect Core 5.1), without the id. */
export function personClaims(member: SimulatedMember): Claims {
  return {
    name: member.name,
    given_name: member.givenName,
    family_name: member.familyName,
    email: member.email,
  };
}

/** The roles of a member in the course and in the school; none for an anonymous user. */
export function rolesOf(member: SimulatedMember | undefined, { rolesBeside }: LaunchQuirks): string[] {
  if (member === undefined) return [];
  const isLearner = member.roles.includes(`${membershipRole}#Learner`);
  return [...member.roles, ...(isLearner ? rolesBeside.learner : rolesBeside.other)];
}
