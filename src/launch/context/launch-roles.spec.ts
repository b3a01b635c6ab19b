import { hasContextRole, parseRole } from './launch-roles.js';

const LIS = 'http://purl.imsglobal.org/vocab/lis/v2/';

describe('a role', () => {
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
