import { normaliseRole } from './membership-role.js';
import { type WireMember } from './membership.schema.js';

/** One LTI message of a member (NRPS 2.0, resource link membership), its claims as the platform sent them, not checked. */
export type ResourceLinkMessage = Record<string, unknown>;

export type MemberStatus = 'Active' | 'Inactive' | 'Deleted';

/** A section, or a group: platforms do not tell them apart here. */
export interface MemberSection {
  id: string;
  name?: string;
}

/** One member of a course (NRPS 2.0). Only what the platform shares is there; empty values count as absent. */
export interface Member {
  /** The `sub` of this user's launches. */
  userId: string;
  /** Full URIs, but for roles that are in no vocabulary; each once, perhaps none. */
  roles: string[];
  /** `Deleted` comes from a differences link only. */
  status: MemberStatus;
  name?: string;
  givenName?: string;
  middleName?: string;
  familyName?: string;
  email?: string;
  picture?: string;
  /** `lis_person_sourcedid`: the student information system's name for the person. */
  sourcedId?: string;
  /** `lti11_legacy_user_id`: the `user_id` of this user's LTI 1.1 launches. */
  lti11UserId?: string;
  /** From `sections`, `group_enrollments` and Sakai's `sakai_groups`, each id once. */
  sections: MemberSection[];
  /** `message`, which platforms give when a resource link was asked for. */
  messages?: ResourceLinkMessage[];
}

/** The course as the roster names it. */
export interface MembershipContext {
  id: string;
  label?: string;
  title?: string;
}

/** One page of a roster. A member may stand on several pages, or twice on one: what that means is the reader's business. */
export interface MembershipPage {
  /** Missing where the platform says nothing of it, as on Sakai's empty pages. */
  context?: MembershipContext;
  members: Member[];
  /** On the last page: where to ask later for what has changed since (`from`). Opaque. */
  differencesUrl?: string;
  /** From 1. */
  number: number;
}

export function memberOf(wire: WireMember): Member {
  return {
    userId: wire.user_id,
    roles: [...new Set(wire.roles.map(normaliseRole))],
    status: statusOf(wire.status),
    name: wire.name,
    givenName: wire.given_name,
    middleName: wire.middle_name,
    familyName: wire.family_name,
    email: wire.email,
    picture: wire.picture,
    sourcedId: wire.lis_person_sourcedid,
    lti11UserId: wire.lti11_legacy_user_id,
    sections: sectionsOf(wire),
    messages: wire.message,
  };
}

/** NRPS 2.0: no status means Active. A status that the standard does not have must not open a course to anybody. */
function statusOf(status: unknown): MemberStatus {
  if (status === undefined || status === null || status === '') return 'Active';
  // The vocabulary's own form is http://purl.imsglobal.org/vocab/lis/v2/status#Active.
  const name = typeof status === 'string' ? status.replace(/^.*[#/:]/, '').toLowerCase() : '';
  if (name === 'active') return 'Active';
  return name === 'deleted' ? 'Deleted' : 'Inactive';
}

function sectionsOf(wire: WireMember): MemberSection[] {
  const byId = new Map<string, MemberSection>();
  const named = [...wire.sections, ...(wire.sakai_ext?.sakai_groups ?? []), ...wire.group_enrollments];
  for (const { id, name } of named) {
    if (byId.get(id)?.name !== undefined) continue;
    byId.set(id, { id, ...(name !== undefined && { name }) });
  }
  return [...byId.values()];
}
