import {
  mayRemoveGrades,
  type RemovalVerdict,
  removalVerdict,
  type RosterReading,
  suspicionOf,
} from './removal-verdict.js';

/** A reading of a course that had `before` members. */
function reading(
  before: number,
  { told = 0, untold = 0, added = 0 }: { told?: number; untold?: number; added?: number },
): RosterReading {
  const members = (count: number, confirmed: boolean) =>
    Array.from({ length: count }, (_, index) => ({ userId: `${confirmed}-${index}`, confirmed }));
  const missing = [...members(told, true), ...members(untold, false)];
  return { seen: before - missing.length + added, added, missing, isOneAnswer: true };
}

describe('which missing members may be removed', () => {
  it.each<[string, RosterReading, RemovalVerdict, RemovalVerdict]>([
    ['nobody of an empty course', reading(0, {}), 'all', 'all'],
    ['nobody', reading(100, {}), 'all', 'all'],
    ['one', reading(100, { untold: 1 }), 'all', 'confirmed'],
    ['five of six', reading(6, { untold: 5 }), 'all', 'confirmed'],
    ['six of six, with six others in their place', reading(6, { untold: 6, added: 6 }), 'none', 'none'],
    ['six of 29', reading(29, { untold: 6 }), 'none', 'none'],
    ['six of 30: a fifth', reading(30, { untold: 6 }), 'all', 'confirmed'],
    ['a fifth of 1000', reading(1000, { untold: 200 }), 'all', 'confirmed'],
    ['one more than a fifth of 1000', reading(1000, { untold: 201 }), 'none', 'none'],
    [
      'a fifth of those before, and not of those now',
      reading(100, { untold: 21, added: 50 }),
      'none',
      'none',
    ],
    ['half, confirmed', reading(100, { told: 50 }), 'all', 'all'],
    ['half confirmed, and five more', reading(100, { told: 50, untold: 5 }), 'all', 'confirmed'],
    ['half, and no other half confirmed', reading(100, { untold: 50 }), 'none', 'none'],
    ['all', reading(3, { untold: 3 }), 'none', 'none'],
    ['all, confirmed', reading(3, { told: 3 }), 'none', 'none'],
  ])('%s', (_, counted, ofOneAnswer, ofPages) => {
    expect(removalVerdict(counted)).toBe(ofOneAnswer);
    expect(removalVerdict({ ...counted, isOneAnswer: false })).toBe(ofPages);
  });
});

describe('whether missing line items and results may be removed', () => {
  const missing = (count: number, confirmed = false) => Array.from({ length: count }, () => ({ confirmed }));
  it.each([
    ['none', 0, missing(0), true],
    ['all, of five', 5, missing(5), true],
    ['all, of six', 6, missing(6), false],
    ['all, for the second time', 6, missing(6, true), true],
    ['a fifth', 100, missing(20), true],
    ['one more than a fifth', 100, missing(21), false],
    ['as many as in the reading before, and five more', 100, [...missing(50, true), ...missing(5)], true],
    ['others than in the reading before', 100, [...missing(5, true), ...missing(50)], false],
  ])('%s', (_, before, lacking, verdict) => {
    expect(mayRemoveGrades({ before, missing: lacking })).toBe(verdict);
  });
});

describe('the text for the operator', () => {
  it('says of an empty roster that no member was removed, and what to do if the course is empty', () => {
    expect(suspicionOf(reading(40, { untold: 40 }))).toBe(
      'The platform sent an empty roster for a course of 40 members. No member was removed. ' +
        'If the course really is empty, delete it here.',
    );
  });

  it('says how many members are missing and that a second reading decides', () => {
    expect(suspicionOf(reading(100, { untold: 50, added: 7 }))).toBe(
      'The platform left out 50 of 100 members. No member was removed. They will be removed if a ' +
        'reading at least 24 hours later, or the next sync that you start, finds the same.',
    );
  });
});
