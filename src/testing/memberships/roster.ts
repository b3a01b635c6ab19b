import { createHash } from 'node:crypto';
import { membershipRole } from '../service-constants.js';
import { type SimulatedMember } from './simulated-member.schema.js';

// Names that break code that was tested with ASCII only: accents, an apostrophe, other scripts, right to left, outside the BMP.
const givenNames = [
  'Ana',
  'Björn',
  'Chloé',
  'Дмитрий',
  'Ελένη',
  'François',
  '美咲',
  'محمد',
  'Nguyễn',
  'Siobhán',
  'Zoë',
];
const familyNames = [
  'García',
  "O'Brien",
  'Söderström',
  'Иванова',
  'Παπαδοπούλου',
  '𠮷田',
  'الحسن',
  'Łukasiewicz',
  'Smith-Jones',
];

const sectionCount = 4;

/** The form of a family's user ids: `user-00001`, a number, or 32 hexadecimal digits. */
export type LtiUserIdStyle = 'named' | 'number' | 'hex';

/** The person of the platform with this index (from 0): always the same person for the same index. */
export function person(index: number, ids: LtiUserIdStyle = 'named'): SimulatedMember {
  const number = String(index + 1).padStart(5, '0');
  const givenName = pick(givenNames, index);
  const familyName = pick(familyNames, Math.floor(index / givenNames.length));
  const section = (index % sectionCount) + 1;
  return {
    userId: userIdOf(index, ids),
    roles: rolesOf(index),
    name: `${givenName} ${familyName}`,
    givenName,
    familyName,
    email: `user.${number}@example.edu`,
    // Some people are not in the student information system.
    ...(index % 10 === 9 ? {} : { sourcedId: `SIS${number}` }),
    username: `user${number}`,
    picture: `https://lms.example.edu/pictures/${number}.png`,
    sections: [{ id: `section-${section}`, title: `Section ${section}` }],
  };
}

/** The first `count` people of the platform as members of a course. The same people are in many courses. */
export function roster(count: number, ids?: LtiUserIdStyle): SimulatedMember[] {
  return Array.from({ length: count }, (_, index) => person(index, ids));
}

/** A member as a test gives it, completed with an id and a role. `Instructor` is short for the role's URI. */
export function memberFrom(
  given: Partial<SimulatedMember>,
  index: number,
  ids: LtiUserIdStyle = 'named',
): SimulatedMember {
  const { userId = userIdOf(index, ids), roles = ['Learner'] } = given;
  return {
    ...given,
    userId,
    roles: roles.map((role) => (/^\w+$/.test(role) ? `${membershipRole}#${role}` : role)),
  };
}

function userIdOf(index: number, ids: LtiUserIdStyle): string {
  switch (ids) {
    case 'named':
      return `user-${String(index + 1).padStart(5, '0')}`;
    case 'number':
      return String(index + 1);
    case 'hex':
      return createHash('sha256')
        .update(String(index + 1))
        .digest('hex')
        .slice(0, 32);
  }
}

function rolesOf(index: number): string[] {
  if (index === 0) return [`${membershipRole}#Instructor`];
  if (index % 50 === 0) {
    return [
      `${membershipRole}#Instructor`,
      'http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant',
    ];
  }
  return [`${membershipRole}#Learner`];
}

function pick(names: readonly string[], index: number): string {
  return names[index % names.length] ?? '';
}
