import { appendQuery, withoutQuery, withQuery } from './query.js';

describe('the query of a URL', () => {
  it('gets parameters behind those that it has, which stay as they are written', () => {
    expect(appendQuery('https://lms.example.edu/auth?a=%7e+1', [['b', '2']])).toBe(
      'https://lms.example.edu/auth?a=%7e+1&b=2',
    );
    expect(appendQuery('/files?', [['page', '2']])).toBe('/files?page=2');
    expect(appendQuery('/files?a=1&', [['a', '2']])).toBe('/files?a=1&a=2');
    expect(appendQuery('/files', [])).toBe('/files');
  });

  it('loses the fragment, which is never sent', () => {
    expect(appendQuery('https://lms.example.edu/auth#top', [['a', '1']])).toBe(
      'https://lms.example.edu/auth?a=1',
    );
  });

  it('has %20 for a space, and a plus sign encoded', () => {
    expect(appendQuery('/files', [['name', 'a b+c']])).toBe('/files?name=a%20b%2Bc');
  });

  it('has each set parameter once', () => {
    const set = { limit: 50, role: undefined, user_id: 'a/b' };
    expect(withQuery('https://lms.example.edu/items?limit=10&type=x', set)).toBe(
      'https://lms.example.edu/items?limit=50&type=x&user_id=a%2Fb',
    );
  });

  it('is left out of the URLs of errors, with the fragment', () => {
    expect(withoutQuery(new URL('https://lms.example.edu/a?token=secret#b')).href).toBe(
      'https://lms.example.edu/a',
    );
  });
});
