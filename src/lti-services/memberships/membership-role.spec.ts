import { hasRole, normaliseRole } from './membership-role.js';

const lis = 'http://purl.imsglobal.org/vocab/lis/v2';

it.each([
  'Administrator',
  'ContentDeveloper',
  'Instructor',
  'Learner',
  'Manager',
  'Member',
  'Mentor',
  'Officer',
])('writes the short name %s as its full URI', (name) => {
  expect(normaliseRole(name)).toBe(`${lis}/membership#${name}`);
});

it.each([
  ['Instructor#TeachingAssistant', `${lis}/membership/Instructor#TeachingAssistant`],
  ['Instructor/TeachingAssistant', `${lis}/membership/Instructor#TeachingAssistant`],
  ['Officer#Vice-Chair', `${lis}/membership/Officer#Vice-Chair`],
  ['TeachingAssistant', `${lis}/membership/Instructor#TeachingAssistant`],
  ['urn:lti:role:ims/lis/Learner', `${lis}/membership#Learner`],
  ['urn:lti:role:ims/lis/Learner/NonCreditLearner', `${lis}/membership/Learner#NonCreditLearner`],
  ['urn:lti:role:ims/lis/TeachingAssistant', `${lis}/membership/Instructor#TeachingAssistant`],
  ['urn:lti:role:ims/lis/TeachingAssistant/Grader', `${lis}/membership/Instructor#TeachingAssistant`],
  ['urn:lti:instrole:ims/lis/Student', `${lis}/institution/person#Student`],
  ['urn:lti:sysrole:ims/lis/SysAdmin', `${lis}/system/person#SysAdmin`],
])('reads %s', (role, uri) => {
  expect(normaliseRole(role)).toBe(uri);
  expect(normaliseRole(uri)).toBe(uri);
});

it.each([
  `${lis}/membership#Instructor`,
  `${lis}/institution/person#Student`,
  'https://lms.example/roles#Auditor',
  'urn:lti:role:other/Learner',
  'learner',
  'Dean',
  'Dean#Learner',
  'TeachingAssistant#Grader',
  'Learner of the week',
  '',
])('keeps %p as it is', (role) => {
  expect(normaliseRole(role)).toBe(role);
});

it('finds a role in whatever form it was given and asked for', () => {
  expect(hasRole(['Learner'], `${lis}/membership#Learner`)).toBe(true);
  expect(hasRole([`${lis}/membership#Learner`], 'Learner')).toBe(true);
  expect(hasRole(['urn:lti:role:ims/lis/Learner'], 'Learner')).toBe(true);
  expect(hasRole([`${lis}/membership#Instructor`], 'Learner')).toBe(false);
  expect(hasRole([], 'Learner')).toBe(false);
  expect(hasRole(['Dean'], 'Dean')).toBe(true);
});

it('takes a sub-role for its principal role, and not the other way round', () => {
  expect(hasRole(['Instructor#TeachingAssistant'], 'Instructor')).toBe(true);
  expect(hasRole(['Instructor'], 'TeachingAssistant')).toBe(false);
  // The vocabulary has a Learner who instructs; that is no Instructor.
  expect(hasRole(['Learner#Instructor'], 'Instructor')).toBe(false);
});
