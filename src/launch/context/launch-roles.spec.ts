import { hasContextRole, hasRole, parseRole } from '../../common/lti-role.js';
import { readMembershipPage } from '../../lti-services/memberships/membership-page.js';
import { parseLti11Roles } from '../lti11/lti11-roles.js';
import { Claim, launchClaimsSchema } from './launch-claims.schema.js';

const LIS = 'http://purl.imsglobal.org/vocab/lis/v2/';

describe('a role', () => {
  it.each([
    'urn:lti:role:ims/lis/Instructor',
    'TeachingAssistant',
    'Instructor#TeachingAssistant',
    `${LIS}membership/instructor#TeachingAssistant`,
  ])('%s is read by launches of LTI 1.3 and 1.1 and by rosters in the same way', (uri) => {
    const roster = readMembershipPage(pageOf({ user_id: 'u1', roles: [uri] }), 1).members[0]?.roles ?? [];
    expect(parseRole(uri)).toMatchObject({ kind: 'context', name: 'Instructor' });
    expect(parseLti11Roles(uri)).toEqual([parseRole(uri)]);
    expect(roster.map(parseRole)).toEqual([{ ...parseRole(uri), uri: roster[0] }]);
    expect(hasRole(roster, 'Instructor')).toBe(true);
  });

  it.each([
    [`${LIS}membership#Instructor`, 'context', 'Instructor', undefined],
    ['Learner', 'context', 'Learner', undefined],
    [`${LIS}membership/Instructor#TeachingAssistant`, 'context', 'Instructor', 'TeachingAssistant'],
    [`${LIS}institution/person#Student`, 'institution', 'Student', undefined],
    [`${LIS}person#Faculty`, 'institution', 'Faculty', undefined],
    [`${LIS}system/person#SysAdmin`, 'system', 'SysAdmin', undefined],
    ['http://purl.imsglobal.org/vocab/lti/system/person#TestUser', 'system', 'TestUser', undefined],
  ])('%s is read', (uri, kind, name, subRole) => {
    expect(parseRole(uri)).toEqual({ uri, kind, name, subRole });
  });

  it.each([
    'urn:example:role',
    `${LIS}membership#Wizard`,
    `${LIS}membership/Wizard#Apprentice`,
    'Student',
    'constructor',
    'constructor#x',
    'toString#Learner',
    '__proto__#Learner',
    'constructor/Instructor#x',
    '',
  ])('%p that we do not know is kept as it is', (uri) => {
    expect(parseRole(uri)).toEqual({ uri });
  });

  it('of a sub-role counts as its principal role, and one of the school not as one of the course', () => {
    expect(hasContextRole([parseRole(`${LIS}membership/Instructor#Grader`)], ['Instructor'])).toBe(true);
    expect(hasContextRole([parseRole(`${LIS}institution/person#Instructor`)], ['Instructor'])).toBe(false);
  });
});

it('a role that is null costs a launch no other role', () => {
  const roles = launchClaimsSchema.shape[Claim.roles];
  expect(roles.parse([null, 'Learner', 7, '', {}, 'x'.repeat(1025), ' Mentor '])).toEqual([
    'Learner',
    'Mentor',
  ]);
  const forUser = launchClaimsSchema.shape[Claim.forUser];
  expect(forUser.parse({ user_id: 'u1', roles: [null, 'Learner'] })?.roles).toEqual(['Learner']);
});

function pageOf(member: object) {
  return {
    status: 200,
    headers: {},
    body: JSON.stringify({ members: [member] }),
    url: 'https://lms.example/m',
    receivedAt: new Date(0),
  };
}
