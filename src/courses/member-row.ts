import { type Member } from '../lti-services/memberships/member.js';
import { storable } from '../common/storable-text.js';
import { digestOf } from './digest.js';

/** The columns of a member that the platform fills, and the digest of them, with their types. */
export const memberColumns = {
  user_id: 'text',
  roles: 'text[]',
  status: 'text',
  name: 'text',
  given_name: 'text',
  middle_name: 'text',
  family_name: 'text',
  email: 'text',
  picture: 'text',
  sourced_id: 'text',
  lti11_user_id: 'text',
  sections: 'jsonb',
  group_ids: 'text[]',
  fingerprint: 'text',
} as const;

/** A member as the membership table has it. */
export interface MemberRow {
  user_id: string;
  fingerprint: string;
  fields: ReturnType<typeof fieldsOf>;
}

/** @param member one that is not `Deleted` */
export function memberRow(member: Member): MemberRow {
  const fields = fieldsOf(member);
  return { user_id: fields.user_id, fingerprint: digestOf(JSON.stringify(fields)), fields };
}

function fieldsOf(member: Member) {
  return {
    user_id: storable(member.userId),
    roles: member.roles.map(storable),
    status: member.status === 'Inactive' ? 'Inactive' : 'Active',
    name: textOrNull(member.name),
    given_name: textOrNull(member.givenName),
    middle_name: textOrNull(member.middleName),
    family_name: textOrNull(member.familyName),
    email: textOrNull(member.email),
    picture: textOrNull(member.picture),
    sourced_id: textOrNull(member.sourcedId),
    lti11_user_id: textOrNull(member.lti11UserId),
    sections: member.sections.map(({ id, name }) => ({
      id: storable(id),
      ...(name !== undefined && { name: storable(name) }),
    })),
    // Missing where the platform gives none, so that fingerprints of such rows are those of earlier versions.
    group_ids: member.groupIds?.map(storable),
  };
}

/**
 * The values of the rows, a list of texts for each of `memberColumns`: PostgreSQL reads these in half the time that it needs for one list of
 * JSON objects.
 */
export function columnsOf(rows: readonly MemberRow[]): (string | null)[][] {
  const texts = rows.map(({ fields: { roles, sections, group_ids: groupIds, ...fields }, fingerprint }) => ({
    ...fields,
    roles: arrayOf(roles),
    sections: JSON.stringify(sections),
    group_ids: groupIds === undefined ? null : arrayOf(groupIds),
    fingerprint,
  }));
  const columns = Object.keys(memberColumns) as (keyof typeof memberColumns)[];
  return columns.map((column) => texts.map((row) => row[column]));
}

/** The text of an array, as PostgreSQL reads it: each element in quotes (section 8.15.6 of its manual). pg does not export its own. */
function arrayOf(elements: readonly string[]): string {
  return `{${elements.map((element) => `"${element.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

export function textOrNull(text: string | undefined): string | null {
  return text === undefined ? null : storable(text);
}
