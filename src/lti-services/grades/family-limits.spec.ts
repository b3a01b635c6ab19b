import { findableFaults, lineItemFaults, scoreFaults } from './family-limits.js';

const fields = (faults: { field: string }[]): string[] => faults.map(({ field }) => field);

it.each<[Parameters<typeof lineItemFaults>[0], string[]]>([
  [{ label: 'x'.repeat(255), resourceId: 'x'.repeat(512), tag: 'x'.repeat(255), scoreMaximum: 99_999 }, []],
  [{ label: '\u{1F600}'.repeat(255) }, []],
  [{ label: 'x'.repeat(256) }, ['label']],
  [{ resourceId: 'x'.repeat(513) }, ['resourceId']],
  [{ tag: 'x'.repeat(256) }, ['tag']],
  [{ scoreMaximum: 1e9 }, ['scoreMaximum']],
  [{ tag: null }, []],
])('Moodle: a line item with %j has these faults: %j', (lineItem, faults) => {
  expect(fields(lineItemFaults(lineItem, 'moodle'))).toEqual(faults);
  expect(lineItemFaults(lineItem, 'generic')).toEqual([]);
});

it.each([
  ['canvas', { label: 'x'.repeat(256) }, ['label']],
  ['canvas', { resourceId: 'x'.repeat(600), scoreMaximum: 1e9 }, []],
  [
    'openedx',
    { label: 'x'.repeat(101), resourceId: 'x'.repeat(256), tag: 'x'.repeat(51) },
    ['label', 'resourceId', 'tag'],
  ],
  ['openedx', { label: 'x'.repeat(100), resourceId: 'x'.repeat(255), tag: 'x'.repeat(50) }, []],
] as const)('%s: a line item with %j has these faults: %j', (family, lineItem, faults) => {
  expect(fields(lineItemFaults(lineItem, family))).toEqual(faults);
});

it.each(['user-00002', '12a', '-1', '1.5', ' 7', '', '9'.repeat(20)])(
  'Moodle: a score of the user %j is refused by the name of the field, with what to do',
  (userId) => {
    expect(scoreFaults({ userId }, 'moodle')).toEqual([
      { field: 'userId', message: expect.stringMatching(/must be a number.*use the sub of a launch/) },
    ]);
    expect(scoreFaults({ userId }, 'canvas')).toEqual([]);
  },
);

it('Moodle: a score of a user whose id is a number has no fault', () => {
  expect(scoreFaults({ userId: '2' }, 'moodle')).toEqual([]);
});

it('Blackboard: a line item without a resourceId could not be found again', () => {
  expect(fields(findableFaults({}, 'blackboard'))).toEqual(['resourceId']);
  expect(findableFaults({ resourceId: 'r' }, 'blackboard')).toEqual([]);
  expect(findableFaults({}, 'canvas')).toEqual([]);
});
