import { type LineItem } from '../lti-services/grades/line-item.js';
import { lineItemRow } from './line-item-row.js';

const quiz: LineItem = {
  id: 'https://lms.example.edu/lineitems/1?type_id=2',
  label: 'Quiz',
  scoreMaximum: 20,
  extensions: {},
};
const KEY = '5d41402a-bc4b-2a76-b971-9d911017c592';
const fingerprintOf = (change: Partial<LineItem>): string =>
  lineItemRow({ ...quiz, ...change }, KEY).fingerprint;

describe('a line item as a row', () => {
  it('has null for each field that the platform does not give', () => {
    expect(lineItemRow(quiz, KEY)).toMatchObject({
      line_item_key: KEY,
      line_item_id: quiz.id,
      tag: null,
      start_date_time: null,
    });
  });

  it.each<[string, Partial<LineItem>]>([
    ['label', { label: 'Test' }],
    ['maximum', { scoreMaximum: 10 }],
    ['resource link', { resourceLinkId: '1' }],
    ['resource', { resourceId: '1' }],
    ['tag', { tag: 'late' }],
    ['start', { startDateTime: new Date(0) }],
    ['end', { endDateTime: new Date(0) }],
    ['release of grades', { gradesReleased: false }],
    ['extensions', { extensions: { 'https://lms.example.edu/x': 1 } }],
  ])('gets another fingerprint when the %s changes', (_, change) => {
    expect(fingerprintOf(change)).not.toBe(fingerprintOf({}));
  });
});
