import fc from 'fast-check';
import { hasRole, normaliseRole, readRole } from './lti-role.js';

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
  ['urn:lti:role:ims/lis/TeachingAssistant/Grader', `${lis}/membership/Instructor#Grader`],
  ['urn:lti:instrole:ims/lis/Student', `${lis}/institution/person#Student`],
  ['urn:lti:sysrole:ims/lis/SysAdmin', `${lis}/system/person#SysAdmin`],
  ['learner', `${lis}/membership#Learner`],
  ['INSTRUCTOR#teachingassistant', `${lis}/membership/Instructor#TeachingAssistant`],
  ['URN:LTI:ROLE:IMS/LIS/LEARNER', `${lis}/membership#Learner`],
  [`${lis}/membership#instructor`, `${lis}/membership#Instructor`],
  [`${lis}/membership/instructor#TeachingAssistant`, `${lis}/membership/Instructor#TeachingAssistant`],
  [`${lis}/membership#TeachingAssistant`, `${lis}/membership/Instructor#TeachingAssistant`],
  [`${lis}/membership/Instructor#Marker`, `${lis}/membership/Instructor#Marker`],
  [`${lis}/person#Faculty`, `${lis}/institution/person#Faculty`],
  ['https://purl.imsglobal.org/vocab/lis/v2/membership#Mentor', `${lis}/membership#Mentor`],
  ['http://purl.imsglobal.org/vocab/lti/system/person#TestUser', `${lis}/system/person#TestUser`],
])('reads the role %s', (role, uri) => {
  expect(normaliseRole(role)).toBe(uri);
  expect(normaliseRole(uri)).toBe(uri);
});

it.each([
  `${lis}/membership#Instructor`,
  `${lis}/institution/person#Student`,
  'https://lms.example/roles#Auditor',
  'urn:lti:role:other/Learner',
  'Dean',
  'Dean#Learner',
  'urn:lti:instrole:ims/lis/SysAdmin',
  `${lis}/membership#Wizard`,
  `${lis}/membership/Wizard#Learner`,
  'constructor#Learner',
  '__proto__',
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

it('accepts a sub-role for its principal role, and not the other way round', () => {
  expect(hasRole(['Instructor#TeachingAssistant'], 'Instructor')).toBe(true);
  expect(hasRole(['Instructor'], 'TeachingAssistant')).toBe(false);
  // The vocabulary has a Learner who instructs; that is no Instructor.
  expect(hasRole(['Learner#Instructor'], 'Instructor')).toBe(false);
});

it('reads each role of the vocabulary the same way in every form and every case', () => {
  const role = fc.constantFrom(
    'Administrator',
    'ContentDeveloper',
    'Instructor',
    'Learner',
    'Mentor',
    'Officer',
  );
  const spelling = fc.constantFrom<((text: string) => string)[]>(
    (text) => text,
    (text) => text.toLowerCase(),
    (text) => text.toUpperCase(),
  );
  const form = fc.constantFrom<((name: string) => string)[]>(
    (name) => name,
    (name) => `urn:lti:role:ims/lis/${name}`,
    (name) => `${lis}/membership#${name}`,
  );
  fc.assert(
    fc.property(role, form, spelling, (name, write, spell) => {
      expect(readRole(spell(write(name)))).toEqual({ kind: 'context', name });
      expect(normaliseRole(spell(write(name)))).toBe(`${lis}/membership#${name}`);
    }),
  );
});
