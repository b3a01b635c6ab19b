import { AccessTokenKey } from './access-token-key.js';

describe('AccessTokenKey', () => {
  it('gives permuted and repeated scopes the same key', () => {
    const key = new AccessTokenKey('r', 1, ['b', 'a']);
    expect(key.id).toBe(new AccessTokenKey('r', 1, ['a', 'b']).id);
    expect(key.id).toBe(new AccessTokenKey('r', 1, ['a', 'b', 'a']).id);
    expect(key.scopes).toEqual(['a', 'b']);
  });

  it('does not change the list of scopes that it was given', () => {
    const scopes = ['b', 'a'];
    new AccessTokenKey('r', 1, scopes);
    expect(scopes).toEqual(['b', 'a']);
  });

  it.each([
    ['registration', new AccessTokenKey('q', 1, ['a', 'b'])],
    ['revision', new AccessTokenKey('r', 2, ['a', 'b'])],
    ['scope set', new AccessTokenKey('r', 1, ['a'])],
    [
      'cut between two scopes',
      new AccessTokenKey(
        'r',
        1,
        ['a b'].flatMap((scope) => [scope, 'c']),
      ),
    ],
    ['empty scope set', new AccessTokenKey('r', 1, [])],
  ])('gives another key for another %s', (_, other) => {
    expect(other.id).not.toBe(new AccessTokenKey('r', 1, ['a', 'b']).id);
  });

  it('starts the key with the registration id and puts no spaces into it', () => {
    expect(new AccessTokenKey('r', 7, ['https://scope.example/a b']).id).toMatch(/^r:7:[\w-]{22}$/);
  });
});
