import fc from 'fast-check';
import { findLink, parseLinks, speaksOf } from './link-header.js';

const NEXT = 'https://lms.example/Memberships?From=2';

describe('a next link is found', () => {
  it.each([
    ['quoted', `<${NEXT}>; rel="next"`],
    ['unquoted', `<${NEXT}>; rel=next`],
    ['in single quotes', `<${NEXT}>; rel='next'`],
    ['in curly quotes', `<${NEXT}>; rel=\u201cnext\u201d`],
    ['in curly quotes read as latin1', Buffer.from(`<${NEXT}>; rel=\u201cnext\u201d`).toString('latin1')],
    ['in upper case', `<${NEXT}>; REL="NEXT"`],
    ['among several relation types', `<${NEXT}>; rel="last  next"`],
    ['among several in single quotes', `<${NEXT}>; rel='next last'`],
    ['with spaces around everything', ` < ${NEXT} > ; rel = "next" `],
    ['without any space', `<https://lms.example/a>;rel="prev",<${NEXT}>;rel="next"`],
    ['after a space before the comma', `<https://lms.example/a>; rel="prev" , <${NEXT}>; rel="next"`],
    ['after a parameter without a value', `<${NEXT}>; crossorigin; rel=next`],
    ['before a broken extended parameter', `<${NEXT}>; rel=next; title*=x`],
    ['after a title with a comma, a semicolon and a quote', `<${NEXT}>; title="a, b; \\"c"; rel="next"`],
    ['after an empty header', `, <${NEXT}>; rel="next"`],
    ['with an unfinished quote', `<${NEXT}>; rel="next`],
  ])('%s', (_how, header) => {
    expect(findLink(header, 'next')).toBe(NEXT);
  });
});

it('keeps commas, semicolons and the case of the URL', () => {
  const url = 'https://lms.example/A,b;c?Filter=x,Y;Z=1';
  expect(parseLinks(`<${url}>; rel="next"`)).toEqual([{ rel: 'next', url }]);
});

it('reads the Link header that Moodle writes for line items', () => {
  const header = Buffer.from(
    '<https://moodle.example/2/lineitems?type_id=1&amp;limit=2&amp;from=0>; rel=“first”, ' +
      '<https://moodle.example/2/lineitems?type_id=1&amp;limit=2&amp;from=2>; rel=“next”',
  ).toString('latin1');
  expect(parseLinks(header)).toEqual([
    { rel: 'first', url: 'https://moodle.example/2/lineitems?type_id=1&limit=2&from=0' },
    { rel: 'next', url: 'https://moodle.example/2/lineitems?type_id=1&limit=2&from=2' },
  ]);
});

it('lists every link of several headers, once for each relation type', () => {
  expect(parseLinks('<a>; rel="next differences", <b>; rel=prev')).toEqual([
    { rel: 'next', url: 'a' },
    { rel: 'differences', url: 'a' },
    { rel: 'prev', url: 'b' },
  ]);
});

it('takes only the first rel parameter of a link', () => {
  expect(parseLinks('<a>; rel="prev"; rel="next"')).toEqual([{ rel: 'prev', url: 'a' }]);
});

it('does not read a link inside a quoted text', () => {
  expect(parseLinks('<a>; title="<b>; rel=next"; rel="prev"')).toEqual([{ rel: 'prev', url: 'a' }]);
});

it.each([
  undefined,
  '',
  'next',
  'rel="next"',
  '<',
  '<https://lms.example',
  '<a>',
  '<a>; rel',
  '<a>; rel=',
  '<a>, rel=next',
])('finds no link in %p', (header) => {
  expect(parseLinks(header)).toEqual([]);
});

it.each([
  `${NEXT}; rel="next"`,
  `<${NEXT}; rel="next"`,
  `${NEXT}>; rel="next"`,
  `<${NEXT}; rel="next">`,
  `"${NEXT}"; rel=next`,
  `<>; rel="next"`,
  'rel="next"',
  'next',
  `next: ${NEXT}`,
  `{"next":"${NEXT}"}`,
  `<${NEXT}>; next`,
  `<${NEXT}>, rel=NEXT`,
  `<https://lms.example/a>; rel="prev"; rel="next"`,
  Buffer.from(`${NEXT}; rel=\u201cnext\u201d`).toString('latin1'),
])('finds in %s a next page that cannot be read', (header) => {
  expect(findLink(header, 'next')).toBeUndefined();
  expect(speaksOf(header, 'next')).toBe(true);
});

it.each([
  undefined,
  '',
  '<https://lms.example/next?next=1>; rel="prev"',
  '<https://lms.example/a>; rel="first"; title="next"',
  '<https://lms.example/a>; rel="last"; title=next',
  '<https://lms.example/next>; crossorigin',
  '<https://lms.example/a>; rel="https://lms.example/rels/next"',
  '<https://lms.example/a>; rel="next-week"',
])('finds no next page in %p', (header) => {
  expect(speaksOf(header, 'next')).toBe(false);
});

it('reports a next page when a link to it is found', () => {
  fc.assert(
    fc.property(fc.webUrl({ withQueryParameters: true }), (url) => {
      expect(speaksOf(`<${url}>; rel="next"`, 'next')).toBe(true);
    }),
  );
});

it('never throws, whatever the header holds', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '<',
      '>',
      ';',
      ',',
      '=',
      '"',
      '\\',
      'rel',
      'next',
      '*',
      "''",
      '“',
      ' ',
      '&amp;',
      '__proto__',
    ),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      expect(Array.isArray(parseLinks(pieces.join('')))).toBe(true);
    }),
  );
});

it('finds a well-formed link whatever stands before it', () => {
  fc.assert(
    fc.property(fc.webUrl({ withQueryParameters: true }), fc.webUrl(), (other, url) => {
      expect(findLink(`<${other}>; rel="prev", <${url}>; rel="next"`, 'NEXT')).toBe(url);
    }),
  );
});
