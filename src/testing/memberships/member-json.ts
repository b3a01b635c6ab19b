import { lti11Id } from '../launch/launch-values.js';
import { type MemberField, type MembershipQuirks } from '../families/family.js';
import { membershipRole } from '../service-constants.js';
import { type SimulatedMember } from './simulated-member.schema.js';

const memberKeys = {
  status: 'status',
  user_id: 'userId',
  lis_person_sourcedid: 'sourcedId',
  name: 'name',
  given_name: 'givenName',
  family_name: 'familyName',
  email: 'email',
  picture: 'picture',
  ext_user_username: 'username',
} as const satisfies Record<Exclude<MemberField, 'lti11_legacy_user_id'>, keyof SimulatedMember>;

const nameFields: ReadonlySet<MemberField> = new Set(['name', 'given_name', 'family_name']);

const claim = 'https://purl.imsglobal.org/spec/lti/claim';

/** A member as NRPS 2.0 has it, in the form of the family. `resourceLinkId` adds the message of that link (2.3). */
export function memberJson(
  member: SimulatedMember,
  quirks: MembershipQuirks,
  resourceLinkId?: string,
): object {
  const json: Record<string, unknown> = {};
  // Rosters of thousands are written often, so this loop creates no intermediate objects.
  if (quirks.fields.includes('status')) json.status = member.status ?? 'Active';
  json.roles = quirks.roleNames === 'short' ? member.roles.map(shortRole) : member.roles;
  if (resourceLinkId !== undefined) json.message = [linkMessage(member, resourceLinkId)];
  for (const field of quirks.fields) {
    if (field === 'lti11_legacy_user_id') {
      json[field] = lti11Id(member.userId, 'prefixed');
      continue;
    }
    const value = member[memberKeys[field]] ?? (quirks.emptyFields.includes(field) ? '' : undefined);
    if (field !== 'status')
      json[field] = nameFields.has(field) && quirks.names === 'html' ? htmlText(value) : value;
  }
  if (quirks.sections === 'sections') json.sections = member.sections;
  if (quirks.sections === 'sakai_ext') json.sakai_ext = { sakai_groups: member.sections };
  return json;
}

/** Whether the member has the role, named by its URI or by its short name. */
export function hasRole(member: SimulatedMember, role: string): boolean {
  return member.roles.includes(role.includes(':') ? role : `${membershipRole}#${role}`);
}

/** Whether the family lists the member at all. */
export function isListed(member: SimulatedMember, quirks: MembershipQuirks): boolean {
  return quirks.statuses === 'all' || (member.status ?? 'Active') === 'Active';
}

// Quotes and apostrophes are not escaped (measured at Moodle).
function htmlText(text: string | undefined): string | undefined {
  return text?.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
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
