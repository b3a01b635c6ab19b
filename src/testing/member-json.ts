import { type MemberField, type MembershipQuirks } from './family.js';
import { membershipRole } from './service-constants.js';
import { type SimulatedMember } from './simulated-member.schema.js';

const claim = 'https://purl.imsglobal.org/spec/lti/claim';

/** A member as NRPS 2.0 has it, in the family's dialect. `resourceLinkId` adds the message of that link (2.3). */
export function memberJson(
  member: SimulatedMember,
  quirks: MembershipQuirks,
  resourceLinkId?: string,
): object {
  const values = fieldValues(member);
  const fields = quirks.fields.flatMap((field): [string, string][] => {
    const value = values[field] ?? (quirks.emptyFields.includes(field) ? '' : undefined);
    return value === undefined ? [] : [[field, value]];
  });
  const { status, ...others } = Object.fromEntries(fields);
  return {
    ...(status === undefined ? {} : { status }),
    roles: member.roles.map((role) => (quirks.roleNames === 'short' ? shortRole(role) : role)),
    ...(resourceLinkId === undefined ? {} : { message: [linkMessage(member, resourceLinkId)] }),
    ...others,
    ...sections(member, quirks),
  };
}

/** Whether the member has the role, named by its URI or by its short name. */
export function hasRole(member: SimulatedMember, role: string): boolean {
  return member.roles.includes(role.includes(':') ? role : `${membershipRole}#${role}`);
}

/** Whether the family lists the member at all. */
export function isListed(member: SimulatedMember, quirks: MembershipQuirks): boolean {
  return quirks.statuses === 'all' || (member.status ?? 'Active') === 'Active';
}

/** JSON as PHP writes it by default: slashes escaped, and nothing outside ASCII. */
export function phpEscapes(json: string): string {
  return json
    .replaceAll('/', '\\/')
    .replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function fieldValues(member: SimulatedMember): Record<MemberField, string | undefined> {
  return {
    status: member.status ?? 'Active',
    user_id: member.userId,
    lis_person_sourcedid: member.sourcedId,
    name: member.name,
    given_name: member.givenName,
    family_name: member.familyName,
    email: member.email,
    picture: member.picture,
    ext_user_username: member.username,
  };
}

function shortRole(role: string): string {
  return role.startsWith(`${membershipRole}#`) ? role.slice(membershipRole.length + 1) : role;
}

function linkMessage(member: SimulatedMember, resourceLinkId: string): object {
  return {
    [`${claim}/message_type`]: 'LtiResourceLinkRequest',
    [`${claim}/custom`]: { username: member.username ?? '' },
    'https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome': {
      lis_result_sourcedid: JSON.stringify({ link: resourceLinkId, user: member.userId }),
      lis_outcome_service_url: 'https://lms.example.edu/outcomes',
    },
  };
}

function sections(member: SimulatedMember, quirks: MembershipQuirks): object {
  if (member.sections === undefined || quirks.sections === 'none') return {};
  if (quirks.sections === 'sections') return { sections: member.sections };
  return { sakai_ext: { sakai_groups: member.sections } };
}
