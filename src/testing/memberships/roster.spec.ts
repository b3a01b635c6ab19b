import { roster } from './roster.js';

describe('roster', () => {
  it('returns the same members every time', () => {
    expect(roster(200)).toEqual(roster(200));
  });

  it('has the same members in courses of any size', () => {
    expect(roster(30)).toEqual(roster(500).slice(0, 30));
  });

  it('has no member twice', () => {
    const people = roster(20_000);
    expect(new Set(people.map(({ userId }) => userId)).size).toBe(20_000);
    expect(new Set(people.map(({ email }) => email)).size).toBe(20_000);
  });

  it('has names outside ASCII and outside the basic plane, and members without a sourcedId', () => {
    const people = roster(200);
    expect(people.some(({ name = '' }) => /[^\x20-\x7e]/.test(name))).toBe(true);
    expect(people.some(({ name = '' }) => /[\u{10000}-\u{10ffff}]/u.test(name))).toBe(true);
    expect(people.some(({ sourcedId }) => sourcedId === undefined)).toBe(true);
  });

  it('has an instructor first, then assistants now and then, and learners', () => {
    const roles = roster(51).map((member) => member.roles.map((role) => role.split('#')[1]).join('+'));
    expect([roles[0], roles[1], roles[50]]).toEqual([
      'Instructor',
      'Learner',
      'Instructor+TeachingAssistant',
    ]);
  });
});
