import { resultsUrl, resultUrl, scoresUrl, withQuery } from './grade-urls.js';

const item = 'https://lms.example.edu/2/lineitems/16/lineitem?type_id=1&x=%2F+a';

it('goes on the path, before the query, which stays as it is', () => {
  const base = 'https://lms.example.edu/2/lineitems/16/lineitem';
  expect(scoresUrl(item)).toBe(`${base}/scores?type_id=1&x=%2F+a`);
  expect(resultsUrl(item, 'moodle')).toBe(`${base}/results?type_id=1&x=%2F+a`);
  expect(resultUrl(item, 'a/b?c')).toBe(`${base}/results/a%2Fb%3Fc?type_id=1&x=%2F+a`);
  expect(scoresUrl(`${base}/`)).toBe(`${base}/scores`);
});

it('ends with a slash at Open edX', () => {
  expect(resultsUrl('https://edx.example/api/1', 'openedx')).toBe('https://edx.example/api/1/results/');
});

it.each(['.', '..'])('has no path for a student %j', (userId) => {
  expect(resultUrl(item, userId)).toBeUndefined();
});

it('adds to a query, and replaces what is there by the same name', () => {
  expect(withQuery(item, { tag: 'a b', limit: undefined })).toBe(`${item}&tag=a%20b`);
  expect(withQuery('https://lms.example/items', { limit: 5 })).toBe('https://lms.example/items?limit=5');
  expect(withQuery('https://lms.example/items?limit=9', { limit: 5 })).toBe(
    'https://lms.example/items?limit=5',
  );
});
