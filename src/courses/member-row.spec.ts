import { type Member } from '../lti-services/memberships/member.js';
import { columnsOf, memberColumns, memberRow } from './member-row.js';

const ana: Member = {
  userId: 'ana',
  roles: ['http://purl.imsglobal.org/vocab/lis/v2/membership#Learner'],
  status: 'Active',
  name: 'Ana García',
  sections: [{ id: 's1', name: 'Monday' }],
};
const fingerprintOf = (change: Partial<Member>): string => memberRow({ ...ana, ...change }).fingerprint;

describe('a member as a row', () => {
  /** The row of this member alone, by column. */
  const written = (change: Partial<Member> = {}) => {
    const lists = columnsOf([memberRow({ ...ana, ...change })]);
    return Object.fromEntries(Object.keys(memberColumns).map((column, nth) => [column, lists[nth]?.[0]]));
  };

  it('has null for each field that the platform does not share', () => {
    const nothing = { email: null, picture: null, group_ids: null };
    expect(written()).toMatchObject({ user_id: 'ana', name: 'Ana García', ...nothing });
  });

  it('has its fingerprint, and its lists as PostgreSQL reads them', () => {
    const row = written({ groupIds: ['g1', 'g 2'] });
    const { fingerprint } = memberRow({ ...ana, groupIds: ['g1', 'g 2'] });
    expect(row).toMatchObject({ fingerprint, roles: `{"${ana.roles[0]}"}`, group_ids: '{"g1","g 2"}' });
    expect(row.sections).toBe('[{"id":"s1","name":"Monday"}]');
    expect(written({ roles: [], groupIds: [] })).toMatchObject({ roles: '{}', group_ids: '{}' });
  });

  it('gets the same fingerprint for the same member, and leaves messages out of it', () => {
    expect(fingerprintOf({ messages: [{ launch: 'of today' }] })).toBe(memberRow(ana).fingerprint);
  });

  it.each<[string, Partial<Member>]>([
    ['user id', { userId: 'bea' }],
    ['roles', { roles: [] }],
    ['status', { status: 'Inactive' }],
    ['name', { name: 'Ana Garcia' }],
    ['given name', { givenName: 'Ana' }],
    ['middle name', { middleName: 'M.' }],
    ['family name', { familyName: 'García' }],
    ['email', { email: 'ana@example.edu' }],
    ['picture', { picture: 'https://lms.example.edu/ana.png' }],
    ['sourced id', { sourcedId: 'SIS1' }],
    ['LTI 1.1 user id', { lti11UserId: '17' }],
    ['sections', { sections: [{ id: 's1' }] }],
  ])('gets another fingerprint when the %s changes', (_, change) => {
    expect(fingerprintOf(change)).not.toBe(memberRow(ana).fingerprint);
  });

  it('gets another fingerprint when a value moved from one field to another', () => {
    expect(fingerprintOf({ givenName: 'Ana' })).not.toBe(fingerprintOf({ familyName: 'Ana' }));
  });
});
