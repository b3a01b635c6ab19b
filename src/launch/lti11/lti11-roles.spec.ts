import { problemOf } from '../../../test/support/problem-of.js';
import { parseLti11Roles } from './lti11-roles.js';

describe('the roles of LTI 1.1', () => {
  it.each([
    ['Instructor', { kind: 'context', name: 'Instructor' }],
    ['urn:lti:role:ims/lis/Learner', { kind: 'context', name: 'Learner' }],
    [
      'urn:lti:role:ims/lis/Learner/GuestLearner',
      { kind: 'context', name: 'Learner', subRole: 'GuestLearner' },
    ],
    ['TeachingAssistant', { kind: 'context', name: 'Instructor', subRole: 'TeachingAssistant' }],
    [
      'urn:lti:role:ims/lis/TeachingAssistant',
      { kind: 'context', name: 'Instructor', subRole: 'TeachingAssistant' },
    ],
    [
      'urn:lti:role:ims/lis/TeachingAssistant/Grader',
      { kind: 'context', name: 'Instructor', subRole: 'Grader' },
    ],
    ['urn:lti:sysrole:ims/lis/SysAdmin', { kind: 'system', name: 'SysAdmin' }],
    ['urn:lti:instrole:ims/lis/Student', { kind: 'institution', name: 'Student' }],
    ['http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor', { kind: 'context', name: 'Mentor' }],
  ])('reads %s', (uri, known) => {
    expect(parseLti11Roles(uri)).toEqual([{ uri, ...known }]);
  });

  it.each([
    'Janitor',
    'urn:lti:role:ims/lis/Janitor',
    'urn:lti:instrole:ims/lis/SysAdmin',
    'urn:moodle:role/9',
    '__proto__',
  ])('keeps %s, which it does not know, and takes it for nothing', (uri) => {
    expect(parseLti11Roles(uri)).toEqual([{ uri }]);
  });

  it('does not take a role of the school or the platform for one of the course', () => {
    const roles = parseLti11Roles(
      'urn:lti:sysrole:ims/lis/Administrator,urn:lti:instrole:ims/lis/Instructor',
    );
    expect(roles.map(({ kind }) => kind)).toEqual(['system', 'institution']);
  });

  it('reads a list, with whatever spaces and commas', () => {
    expect(parseLti11Roles(' Learner , ,Mentor,').map(({ uri }) => uri)).toEqual(['Learner', 'Mentor']);
    expect(parseLti11Roles('')).toEqual([]);
  });

  it('reads at most a hundred roles, and skips a role that is too long', () => {
    expect(parseLti11Roles(Array(100).fill('Learner').join(','))).toHaveLength(100);
    for (const list of [Array(101).fill('Learner').join(','), 'x'.repeat(1025)]) {
      const problem = problemOf(() => parseLti11Roles(list));
      expect(problem).toMatchObject({ code: 'lti11_parameter_invalid', parameter: 'roles' });
    }
  });
});
