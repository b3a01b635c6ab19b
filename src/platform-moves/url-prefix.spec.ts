import { UrlPrefix } from './url-prefix.js';

const moodle = new UrlPrefix('https://lms.example/moodle/');

it.each([
  ['https://lms.example/moodle', true],
  ['https://lms.example/moodle/services.php?a=1', true],
  ['https://LMS.example/moodle?x', true],
  ['https://lms.example/moodle#top', true],
  ['https://lms.example/moodle2/services.php', false],
  ['https://lms.example/Moodle/services.php', false],
  ['https://lms.example.evil/moodle', false],
  ['http://lms.example/moodle', false],
  ['https://lms.example', false],
  ['', false],
])('decides whether the prefix covers %s: %s', (url, expected) => {
  expect(moodle.covers(url)).toBe(expected);
});

it('covers a whole origin, and no other origin that starts with the same text', () => {
  const origin = new UrlPrefix('https://lms.example');
  expect(origin.covers('https://lms.example/a')).toBe(true);
  expect(origin.covers('https://lms.example:8443/a')).toBe(false);
  expect(origin.covers('https://lms.example.evil/a')).toBe(false);
});

it('keeps the rest of the URL unchanged', () => {
  const to = new UrlPrefix('https://new.example:8443');
  expect(moodle.rebase('https://LMS.example/moodle/Services?a=%2f&B', to)).toBe(
    'https://new.example:8443/Services?a=%2f&B',
  );
});
