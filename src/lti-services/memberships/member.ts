import { normaliseRole } from '../../common/lti-role.js';
import { type WireContext, type WireMember, isId, isObject, listOf, textOf } from './membership.schema.js';
import { type PlatformFamily } from '../../registrations/platform-family.js';

/** One LTI message of a member (NRPS 2.0, resource link membership), its claims as the platform sent them, not checked. */
export type ResourceLinkMessage = Record<string, unknown>;

/** The status of a member in the course (NRPS 2.0 2.2). Without one from the platform: `Active`. */
export type MemberStatus = 'Active' | 'Inactive' | 'Deleted';

/** One member of a course (NRPS 2.0). Fields that the platform does not share, or sends empty, are absent. */
export interface Member {
  /** The `sub` of this user's launches. */
  userId: string;
  /** Full URIs, but for roles that are in no vocabulary; each once, perhaps none. */
  roles: string[];
  /** `Deleted` comes from a differences link only. */
  status: MemberStatus;
  /** The full name. */
  name?: string;
  /** The first name. */
  givenName?: string;
  /** Rarely sent. */
  middleName?: string;
  /** The last name. */
  familyName?: string;
  /** Not checked: as the platform sent it. */
  email?: string;
  /** The URL of an image. */
  picture?: string;
  /** `lis_person_sourcedid`: the student information system's name for the person. */
  sourcedId?: string;
  /** `lti11_legacy_user_id`: the `user_id` of this user's LTI 1.1 launches. */
  lti11UserId?: string;
  /** The sections of the course that the member is in; empty if the platform names none. */
  sections: MemberSection[];
  /** `group_enrollments` (Course Groups 1.0): the ids of the member's groups. Missing where the platform does not give them. */
  groupIds?: string[];
  /** `message`, which platforms give when a resource link was asked for. */
  messages?: ResourceLinkMessage[];
}

/** The course as the roster names it. */
export interface MembershipContext {
  /** The `context_id` of launches. */
  id: string;
  /** The short name, such as `CS101`. */
  label?: string;
  /** The full name. */
  title?: string;
}

/** One page of a roster, with each member once. A member may be on several pages: see `MembershipsService.getMembers`. */
export interface MembershipPage {
  /** Missing where the platform says nothing of it, as on Sakai's empty pages. */
  context?: MembershipContext;
  /** In the platform's order. */
  members: Member[];
  /** On the last page: the URL for later changes (`from`). Opaque. */
  differencesUrl?: string;
  /** From 1. */
  number: number;
  /** Whether no page follows. */
  isLast: boolean;
}

const MAX_TEXT = 1024;
const MAX_URL = 2048;
const MAX_ROLES = 100;

export function memberOf(wire: WireMember, family: PlatformFamily): Member {
  return {
    userId: String(wire.user_id),
    roles: rolesOf(wire.roles),
    status: statusOf(wire.status),
    name: textOf(plainName(wire.name, family), MAX_TEXT),
    givenName: textOf(plainName(wire.given_name, family), MAX_TEXT),
    middleName: textOf(plainName(wire.middle_name, family), MAX_TEXT),
    familyName: textOf(plainName(wire.family_name, family), MAX_TEXT),
    email: textOf(wire.email, MAX_TEXT),
    picture: textOf(wire.picture, MAX_URL),
    sourcedId: textOf(wire.lis_person_sourcedid, MAX_TEXT),
    lti11UserId: textOf(wire.lti11_legacy_user_id, MAX_TEXT),
    sections: sectionsOf(wire),
    groupIds: groupIdsOf(wire.group_enrollments),
    messages: messagesOf(wire.message),
  };
}

export function contextOf({ id, label, title }: WireContext, family: PlatformFamily): MembershipContext {
  const name = (value: unknown): string | undefined => textOf(plainName(value, family), MAX_TEXT);
  return { id: String(id), label: name(label), title: name(title) };
}

/**
 * Merges two entries of one list about the same member: the union of the roles, sections and groups, and the other fields of the later
 * entry. A member who is Active in one of them is Active; one who was Deleted and came back, or the reverse, is as the later
 * entry says.
 */
export function mergedMember(
  earlier: Pick<Member, 'roles' | 'sections' | 'status' | 'groupIds'>,
  later: Member,
): Member {
  if (earlier.status === 'Deleted' || later.status === 'Deleted') return later;
  const sections = new Map([...earlier.sections, ...later.sections].map((section) => [section.id, section]));
  const enrolled = [...(earlier.groupIds ?? []), ...(later.groupIds ?? [])];
  const groupIds =
    earlier.groupIds === undefined && later.groupIds === undefined ? undefined : [...new Set(enrolled)];
  const isActive = earlier.status === 'Active' || later.status === 'Active';
  return {
    ...later,
    roles: [...new Set([...earlier.roles, ...later.roles])],
    status: isActive ? 'Active' : later.status,
    sections: [...sections.values()],
    ...(groupIds !== undefined && { groupIds }),
  };
}

/** LTI 1.1 separated several roles by commas, and some platforms still do. */
function rolesOf(value: unknown): string[] {
  const roles: string[] = [];
  for (const entry of listOf(typeof value === 'string' ? value.split(',') : value, MAX_ROLES)) {
    const role = typeof entry === 'string' ? entry.trim() : undefined;
    if (role === undefined || !isId(role)) continue;
    const uri = normaliseRole(role);
    if (!roles.includes(uri)) roles.push(uri);
  }
  return roles;
}

/** NRPS 2.0: no status means Active. A status that the standard does not have must not give access to a course. */
function statusOf(status: unknown): MemberStatus {
  if (status === undefined || status === null || status === '' || status === 'Active') return 'Active';
  // The vocabulary's own form is http://purl.imsglobal.org/vocab/lis/v2/status#Active.
  const name = typeof status === 'string' ? status.replace(/^.*[#/:]/, '').toLowerCase() : '';
  if (name === 'active') return 'Active';
  return name === 'deleted' ? 'Deleted' : 'Inactive';
}

function messagesOf(value: unknown): ResourceLinkMessage[] | undefined {
  if (value === undefined || value === null) return undefined;
  return (Array.isArray(value) ? value : [value]).filter(isObject);
}

/** The entities that PHP's htmlspecialchars() writes. A library for all HTML entities would change names that contain others. */
const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#039;': "'",
  '&#39;': "'",
  '&apos;': "'",
};
const ENTITY = /&(?:amp|lt|gt|quot|apos|#0?39);/g;

/**
 * A name of a roster as the same platform writes it in a launch. Moodle's rosters have passed through HTML formatting
 * (`Tom &amp; Jerry`), its launches have not.
 */
export function plainName(name: unknown, family: PlatformFamily): unknown {
  if (family !== 'moodle' || typeof name !== 'string') return name;
  return name.replace(ENTITY, (entity) => ENTITIES[entity] ?? entity);
}

/** A section or a group: platforms do not distinguish them here. */
export interface MemberSection {
  /** The platform's id of the section. */
  id: string;
  /** Absent if the platform names only the id. */
  name?: string;
}

const MAX_SECTIONS = 500;
const MAX_NAME = 1024;

/**
 * A member's sections, each once. NRPS 2.0 has none, so these come from an array `sections` of ids or objects, from
 * `group_enrollments` (Course Groups Service 1.0), and from Sakai's `sakai_groups`, which has their titles.
 */
export function sectionsOf({ sections, group_enrollments, sakai_ext }: WireMember): MemberSection[] {
  const sakaiGroups = isObject(sakai_ext) ? sakai_ext.sakai_groups : undefined;
  if (sections === undefined && sakaiGroups === undefined && group_enrollments === undefined) return [];
  const byId = new Map<string, MemberSection>();
  for (const list of [sections, sakaiGroups, group_enrollments]) {
    for (const entry of listOf(list, MAX_SECTIONS)) {
      const section = sectionOf(entry);
      if (section === undefined || byId.get(section.id)?.name !== undefined) continue;
      byId.set(section.id, section);
    }
  }
  return [...byId.values()];
}

/** Undefined if it is not a list. */
function groupIdsOf(enrollments: unknown): string[] | undefined {
  if (!Array.isArray(enrollments)) return undefined;
  const ids = listOf(enrollments, MAX_SECTIONS).flatMap((entry) => sectionOf(entry)?.id ?? []);
  return [...new Set(ids)];
}

/** One that has no usable id is left out. */
function sectionOf(entry: unknown): MemberSection | undefined {
  if (isId(entry)) return { id: String(entry) };
  if (!isObject(entry)) return undefined;
  const id = [entry.id, entry.section_id, entry.group_id].find(isId);
  if (id === undefined) return undefined;
  const name = textOf(entry.name, MAX_NAME) ?? textOf(entry.title, MAX_NAME);
  return { id: String(id), ...(name !== undefined && { name }) };
}
