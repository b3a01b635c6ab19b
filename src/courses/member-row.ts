import { type Member } from '../lti-services/memberships/member.js';
import { storable } from '../common/storable-text.js';
import { digestOf } from './digest.js';

/** A member as the membership table takes it. */
export interface MemberRow {
  user_id: string;
  fingerprint: string;
  /** All fields of the row as one JSON object. It is the text that the fingerprint is made of, so it is made once. */
  json: string;
}

/** @param member one that is not `Deleted` */
export function memberRow(member: Member): MemberRow {
  const userId = storable(member.userId);
  const fields = JSON.stringify({
    user_id: userId,
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
  });
  const fingerprint = digestOf(fields);
  return { user_id: userId, fingerprint, json: `${fields.slice(0, -1)},"fingerprint":"${fingerprint}"}` };
}

export function textOrNull(text: string | undefined): string | null {
  return text === undefined ? null : storable(text);
}
