/** A table with rows about users. In the conditions `$1` is the registration and `$2` the user. */
export interface PersonalTable {
  /** The word for its rows in answers. */
  kind: PersonalDataKind;
  table: string;
  where: string;
  /** An expression that is unique among the rows of one user. */
  key: string;
}

/** What a row is, in the order of an export. */
export const personalDataKinds = [
  'memberships',
  'results',
  'scores',
  'lastScores',
  'launchSessions',
  'lti11LaunchSessions',
  'lti11Ids',
  'userGrants',
  'events',
  'namedInLaunches',
  'notices',
] as const;
export type PersonalDataKind = (typeof personalDataKinds)[number];

const OF_COURSES =
  'course_id IN (SELECT id FROM nest_lti.course WHERE registration_id = $1) AND user_id = $2';

/**
 * The tables with a column for the user. An erasure takes them from the top: what finds the sessions of LTI 1.1 is deleted after these.
 * User grants are not erased by it, because they are revoked at the platform first; nor are events, because they name several users.
 */
export const personalTables: readonly PersonalTable[] = [
  { kind: 'memberships', table: 'membership', where: OF_COURSES, key: 'course_id::text' },
  {
    kind: 'results',
    table: 'result',
    where: OF_COURSES,
    key: `course_id::text || ' ' || line_item_key::text`,
  },
  {
    kind: 'scores',
    table: 'outbox_score',
    where: 'registration_id = $1 AND user_id = $2',
    key: 'id::text',
  },
  { kind: 'lastScores', table: 'last_score', where: OF_COURSES, key: 'line_item_key::text' },
  {
    kind: 'launchSessions',
    table: 'launch_session',
    where: 'registration_id = $1 AND user_id = $2',
    key: 'id::text',
  },
  {
    kind: 'lti11LaunchSessions',
    table: 'launch_session',
    where: `registration_id IS NULL AND (consumer_id, user_id) IN (
      SELECT consumer_id, lti11_id FROM nest_lti.lti11_link WHERE registration_id = $1 AND kind = 'user' AND lti_id = $2)`,
    key: 'id::text',
  },
  {
    kind: 'lti11Ids',
    table: 'lti11_link',
    where: `registration_id = $1 AND kind = 'user' AND lti_id = $2`,
    key: 'lti_id',
  },
  {
    kind: 'userGrants',
    table: 'user_grant',
    where: 'registration_id = $1 AND user_id = $2',
    key: 'id::text',
  },
  {
    kind: 'events',
    table: 'event',
    where: `registration_id = $1 AND user_ids <> '{}' AND $2 = ANY (user_ids)`,
    key: 'sequence::text',
  },
];

/** Columns that an export leaves out: tokens and secrets, their digests, digests that only compare rows, and lists with other users. */
export const secretColumns = [
  'code_digest',
  'code_expires_at',
  'fingerprint',
  'refresh_claim',
  'refresh_token_hash',
  'refused_call',
  'sealed_access_token',
  'sealed_refresh_token',
  'user_ids',
];
