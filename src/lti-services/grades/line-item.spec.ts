import fc from 'fast-check';
import { changedLineItemBody, newLineItemBody, readLineItem } from './line-item.js';
import { lineItemChangesSchema, newLineItemSchema } from './line-item.schema.js';

const id = 'https://lms.example.edu/items/1';
const wire = { id, label: 'Q', scoreMaximum: 1 };

function changed(fields: Record<string, unknown>, changes: object): unknown {
  return JSON.parse(changedLineItemBody(fields, lineItemChangesSchema.parse(changes), 'generic'));
}

describe('reading', () => {
  it.each([
    ['null', null],
    ["Moodle's empty text", ''],
    ['an object', {}],
  ])('takes %s for an absent field', (_, value) => {
    const fields = { resourceLinkId: value, resourceId: value, tag: value, startDateTime: value };
    expect(readLineItem({ ...wire, ...fields }).lineItem).toEqual({ ...wire, extensions: {} });
  });

  it('takes numbers for ids, and texts for numbers', () => {
    const read = readLineItem({ ...wire, scoreMaximum: '12.50', resourceId: 7 }).lineItem;
    expect(read).toMatchObject({ scoreMaximum: 12.5, resourceId: '7' });
  });

  it.each([0, null, undefined, -1, '1e2', true])('takes a maximum of %j for 0', (scoreMaximum) => {
    expect(readLineItem({ ...wire, scoreMaximum }).lineItem).toMatchObject({ id, scoreMaximum: 0 });
  });

  it('takes the URL by which a line item was called when its id is relative', () => {
    expect(readLineItem({ ...wire, id: '/items/1' }, id).lineItem).toMatchObject({ id });
  });

  it.each([{ ...wire, id: undefined }, { ...wire, id: '/items/1' }, [wire], null])('refuses %j', (json) => {
    expect(() => readLineItem(json)).toThrow();
  });
});

describe('a submission review', () => {
  const review = {
    reviewableStatus: ['None', 'Submitted'],
    label: 'Read it',
    url: 'https://tool.example.edu/review',
    custom: { mode: 'review', empty: '' },
  };
  const read = (submissionReview: unknown) =>
    readLineItem({ ...wire, submissionReview }).lineItem.submissionReview;

  it('is read whole, and without what cannot be read', () => {
    expect(read(review)).toEqual(review);
    expect(read({})).toEqual({});
    const odd = {
      reviewableStatus: ['Submitted', 'Unheard', null],
      label: 7,
      url: null,
      custom: { a: 'b', c: 1 },
    };
    expect(read(odd)).toEqual({ reviewableStatus: ['Submitted'], custom: { a: 'b' } });
    for (const none of [undefined, null, 'yes', [], 5]) expect(read(none)).toBeUndefined();
  });

  it('is written as given, replaced as a whole, and taken away by null', () => {
    const created = newLineItemSchema.parse({ label: 'Q', scoreMaximum: 1, submissionReview: review });
    expect(JSON.parse(newLineItemBody(created))).toMatchObject({ submissionReview: review });
    const fields = { ...wire, submissionReview: review };
    expect(changed(fields, { label: 'R' })).toMatchObject({ label: 'R', submissionReview: review });
    expect(changed(fields, { submissionReview: { label: 'New' } })).toEqual({
      ...wire,
      submissionReview: { label: 'New' },
    });
    expect(changed(fields, { submissionReview: null })).toEqual(wire);
  });

  it.each([
    ['reviewableStatus.0', { reviewableStatus: ['Graded'] }],
    ['url', { url: 'javascript:alert(1)' }],
    ['custom.a', { custom: { a: 1 } }],
    ['label', { label: '' }],
    ['', { colour: 'red' }],
  ])('is refused for its %s', (field, submissionReview) => {
    const { error } = newLineItemSchema.safeParse({ label: 'Q', scoreMaximum: 1, submissionReview });
    const path = ['submissionReview', ...(field === '' ? [] : field.split('.'))].join('.');
    expect(error?.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
  });
});

describe('writing', () => {
  it('leaves the id out of a change at Blackboard, which refuses it, and keeps it elsewhere', () => {
    const at = (family: 'blackboard' | 'moodle'): unknown =>
      JSON.parse(changedLineItemBody(wire, {}, family));
    expect(at('blackboard')).toEqual({ label: 'Q', scoreMaximum: 1 });
    expect(at('moodle')).toEqual(wire);
  });

  it('refuses what no platform could take', () => {
    expect(newLineItemSchema.safeParse({ label: 'Q', scoreMaximum: 0 }).success).toBe(false);
    expect(newLineItemSchema.safeParse({ label: '', scoreMaximum: 1 }).success).toBe(false);
    expect(lineItemChangesSchema.safeParse({ label: null }).success).toBe(false);
  });

  it('takes away what is null, and leaves what was null there', () => {
    const fields = { ...wire, tag: 't', resourceId: 'r', unknown: null };
    expect(changed(fields, { tag: null })).toEqual({ ...wire, resourceId: 'r', unknown: null });
  });

  it('changes an extension beside the others', () => {
    const [one, two] = ['https://a.example/1', 'https://a.example/2'];
    expect(changed({ ...wire, [one]: 1, [two]: 2 }, { extensions: { [two]: 3 } })).toEqual({
      ...wire,
      [one]: 1,
      [two]: 3,
    });
  });
});

const json = fc.jsonValue().map((value) => withoutProto(value) as never);
const moment = fc.date({ min: new Date(0), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true });
const text = fc.string({ minLength: 1, maxLength: 50 });
const anyLineItem = fc.record(
  {
    label: text,
    scoreMaximum: fc.double({ min: 0.001, max: 1e6, noNaN: true }),
    resourceLinkId: text,
    resourceId: text,
    tag: text,
    startDateTime: moment,
    endDateTime: moment,
    gradesReleased: fc.boolean(),
    extensions: fc.dictionary(
      text.map((name) => `https://tool.example.edu/${encodeURIComponent(name)}`),
      json,
      { maxKeys: 5 },
    ),
  },
  { requiredKeys: ['label', 'scoreMaximum', 'extensions'] },
);

it('comes back as it was sent', () => {
  fc.assert(
    fc.property(anyLineItem, (input) => {
      const sent = JSON.parse(newLineItemBody(newLineItemSchema.parse(input))) as object;
      expect(readLineItem({ ...sent, id }).lineItem).toEqual({ id, ...input });
    }),
  );
});

it('loses no field that we do not know when another is changed', () => {
  const known = Object.keys(lineItemChangesSchema.shape);
  const unknown = fc.dictionary(
    fc.string().filter((name) => !known.includes(name) && name !== 'id' && name !== '__proto__'),
    json,
  );
  fc.assert(
    fc.property(unknown, anyLineItem, (fields, input) => {
      const sent = JSON.parse(newLineItemBody(newLineItemSchema.parse(input))) as object;
      const whole = JSON.parse(JSON.stringify({ ...fields, ...sent, id })) as Record<string, unknown>;
      expect(changed(whole, { label: 'new' })).toEqual({ ...whole, label: 'new' });
    }),
  );
});

/** A key of this name does not survive assignment, which libraries on the way do: no platform has one. */
function withoutProto(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, inner: unknown) =>
    key === '__proto__' ? undefined : inner,
  );
}
