import { lineItemFaults } from './family-limits.js';

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
