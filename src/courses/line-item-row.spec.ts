import { type LineItem } from '../lti-services/grades/line-item.js';
import { lineItemKey, lineItemRow } from './line-item-row.js';

const quiz: LineItem = {
  id: 'https://lms.example.edu/lineitems/1?type_id=2',
  label: 'Quiz',
  scoreMaximum: 20,
  extensions: {},
};
const fingerprintOf = (change: Partial<LineItem>): string => lineItemRow({ ...quiz, ...change }).fingerprint;

describe('a line item as a row', () => {
  it('has null for what the platform does not tell', () => {
    expect(lineItemRow(quiz)).toMatchObject({ line_item_id: quiz.id, tag: null, start_date_time: null });
  });

  it('has a key of one length, however long its URL is, and the case of that counts', () => {
    const keys = [quiz.id, quiz.id.replace('lineitems', 'LineItems'), `${quiz.id}${'x'.repeat(4000)}`].map(
      lineItemKey,
    );
    expect(new Set(keys).size).toBe(3);
    for (const key of keys) expect(key).toMatch(/^[\w-]{43}$/);
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
  ])('has another fingerprint when the %s changes', (_, change) => {
    expect(fingerprintOf(change)).not.toBe(lineItemRow({ ...quiz }).fingerprint);
  });
});
