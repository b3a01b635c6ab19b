import { PageWalk } from './page-walk.js';

const endpoint = 'https://lms.example/Courses/7/members';

function walk(at = endpoint, maxPages = 100): PageWalk {
  return new PageWalk('members', at, at, maxPages);
}

function follow(link: string, at = endpoint): string {
  const steps = walk(at);
  steps.follow(link);
  return steps.url;
}

it('follows a link without changing its case or encoding', () => {
  const link = 'https://lms.example/Courses/7/Members?Page=%2fAbC&x=a%20b+c';
  expect(follow(link)).toBe(link);
});

it('resolves a relative link against the URL of its page', () => {
  const steps = walk();
  steps.follow('/other/list?from=1');
  steps.follow('?from=2');
  steps.follow('next');
  expect(steps.url).toBe('https://lms.example/other/next');
  expect(steps.page).toBe(4);
});

it.each([
  'https://elsewhere.example/Courses/7/members',
  'https://lms.example:8443/m',
  'http://lms.example:8443/m',
  'http://elsewhere.example/m',
  '//elsewhere.example/m',
  'https://lms.example@elsewhere.example/m',
  'https://lms.example.elsewhere.example/m',
  'ftp://lms.example/m',
  'javascript:alert(1)',
])('does not follow %s', (link) => {
  expect(() => follow(link)).toThrow(expect.objectContaining({ code: 'foreign_next_link' }));
});

it('compares a link with the end point, not with the page before', () => {
  const steps = walk('http://lms.example/m');
  steps.follow('https://lms.example/m?from=1');
  steps.follow('http://lms.example/m?from=2');
  expect(steps.page).toBe(3);
  expect(steps.isUpgraded).toBe(false);
});

it('follows an http link of a platform that is called by https, by https and on the same host', () => {
  const steps = walk();
  steps.follow('http://LMS.example/m?From=2');
  expect(steps.url).toBe('https://lms.example/m?From=2');
  expect(steps.isUpgraded).toBe(true);
  const onPort = walk('https://lms.example:8443/m');
  onPort.follow('http://lms.example:8443/m?from=2');
  onPort.follow('http://lms.example/m?from=3');
  expect(onPort.url).toBe('https://lms.example:8443/m?from=3');
});

it('upgrades the differences link to https too', () => {
  const steps = walk();
  steps.noteDifferences('http://lms.example/?since=1');
  expect(steps.differencesUrl).toBe('https://lms.example/?since=1');
});

it('treats a growing parameter as a loop, unless the end point has it', () => {
  const steps = walk(`${endpoint}?f=1&f=1&f=1`);
  steps.follow('?f=1&f=1&f=1&page=2');
  steps.follow('?f=1&f=1&f=1&page=2&page=3');
  expect(() => steps.follow('?f=1&f=1&f=1&page=3&page=3&page=3')).toThrow(
    expect.objectContaining({ code: 'page_loop' }),
  );
});

it.each<[string, (url: string) => string]>([
  ['is always the same', () => `${endpoint}?limit=500&page=1`],
  ['is the URL of its page with a parameter more', (url) => `${url}&page=1`],
])('treats a next link that %s as a loop after a few pages', (_, next) => {
  const steps = walk(`${endpoint}?limit=500`);
  const read = (): void => {
    for (let page = 1; page < 10; page += 1) steps.follow(next(steps.url));
  };
  expect(read).toThrow(expect.objectContaining({ code: 'page_loop' }));
  expect(steps.page).toBeLessThanOrEqual(4);
});

it('allows a change from http to https on the same host and port only', () => {
  expect(follow('https://lms.example/m', 'http://lms.example/')).toBe('https://lms.example/m');
  expect(() => follow('https://lms.example/m', 'http://lms.example:8080/')).toThrow(
    expect.objectContaining({ code: 'foreign_next_link' }),
  );
  expect(() => follow('https://elsewhere.example/m', 'http://lms.example/')).toThrow(
    expect.objectContaining({ code: 'foreign_next_link' }),
  );
  expect(() => follow('ftp://lms.example/m', 'http://lms.example/')).toThrow(
    expect.objectContaining({ code: 'foreign_next_link' }),
  );
});

it('does not start at another host', () => {
  expect(() => new PageWalk('members', endpoint, 'https://elsewhere.example/differences', 10)).toThrow(
    expect.objectContaining({ code: 'foreign_next_link' }),
  );
});

it('reports a link that is not a URL as unreadable', () => {
  expect(() => follow('https://[')).toThrow(expect.objectContaining({ code: 'unreadable_next_link' }));
});

it('detects a page that was read before, whatever its fragment', () => {
  const steps = walk();
  steps.follow('?from=1');
  steps.follow('?from=2');
  expect(() => steps.follow('?from=1#top')).toThrow(expect.objectContaining({ code: 'page_loop' }));
  expect(() => steps.follow(endpoint)).toThrow(expect.objectContaining({ code: 'page_loop' }));
  expect(() => steps.follow('?from=2')).toThrow(expect.objectContaining({ code: 'page_loop' }));
});

it('treats URLs that differ in case as different pages', () => {
  const steps = walk();
  steps.follow('?cursor=abc');
  steps.follow('?cursor=ABC');
  expect(steps.page).toBe(3);
});

it('stops after the maximum number of pages', () => {
  const steps = walk(endpoint, 2);
  steps.follow('?from=1');
  expect(() => steps.follow('?from=2')).toThrow(expect.objectContaining({ code: 'too_many_pages' }));
});

it('keeps the last differences link, unless it leads to another host', () => {
  const steps = walk();
  expect(steps.differencesUrl).toBeUndefined();
  steps.noteDifferences('?since=1');
  steps.noteDifferences('?since=2');
  steps.noteDifferences('https://elsewhere.example/?since=3');
  steps.noteDifferences('https://[');
  expect(steps.differencesUrl).toBe(`${endpoint}?since=2`);
});

describe('a link back to a page that was read', () => {
  const entries = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

  it('marks the end on a page that is shorter than the one before it, as at Blackboard', () => {
    const steps = walk();
    steps.follow('?page=2', entries(1000));
    expect(steps.endsByRepeating('?page=2', 2)).toBe(true);
    expect(steps.endsByRepeating('?page=3', 2)).toBe(false);
  });

  it('does not mark the end on a full page or on the first one', () => {
    const steps = walk();
    expect(steps.endsByRepeating('', 2)).toBe(false);
    steps.follow('?page=2', entries(1000));
    expect(steps.endsByRepeating('?page=2', 1000)).toBe(false);
  });
});
