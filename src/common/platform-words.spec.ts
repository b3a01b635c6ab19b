import fc from 'fast-check';
import { harmless, readable } from './platform-words.js';

it('reads the text of an HTML page, and none of its scripts and styles', () => {
  const page =
    '<html>\n<head><style>b{color:red}</style><title>502 Bad Gateway</title></head>' +
    '<body><script>alert(1)</script><h1>502\n Bad Gateway</h1></body></html>';
  expect(readable(page)).toBe('502 Bad Gateway 502 Bad Gateway');
});

it('leaves plain text as it is', () => {
  expect(readable('Course 5 & Söhne is gone')).toBe('Course 5 & Söhne is gone');
});

it('removes a JWT and a bearer token from text that echoes them', () => {
  expect(harmless('bad assertion eyJhbGciOi.eyJpc3Mi.c2ln!')).toBe('bad assertion (token)!');
  expect(harmless('Authorization: Bearer 908974cad39751955dea7fac7e1fcb97 is unknown')).toBe(
    'Authorization: Bearer (token) is unknown',
  );
});

it('puts the text on one line, so that it cannot be mistaken for a line of the log', () => {
  expect(harmless('no\r\n[error] root logged in\u001b[31m')).toBe('no [error] root logged in[31m');
});

it('returns at most 200 characters', () => {
  expect(harmless('x'.repeat(5000))).toHaveLength(200);
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => harmless(readable(text)).length <= 200));
});

it('never ends with an unpaired surrogate', () => {
  expect(harmless(`${'x'.repeat(199)}\u{1F600}`)).toBe('x'.repeat(199));
});
