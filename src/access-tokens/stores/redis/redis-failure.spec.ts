import { inspect } from 'node:util';
import { unavailable, wordsOf } from './redis-failure.js';

describe('what is said of a failure of Redis', () => {
  it('reports the text of the driver without the command that failed', () => {
    const error = Object.assign(new Error('WRONGPASS invalid username-password pair or user is disabled.'), {
      command: { name: 'auth', args: ['lti', 'geheim'] },
    });
    const told = unavailable('redis.example.edu:6379', error);
    expect(told.message).toBe(
      'The token store is not available (Redis at redis.example.edu:6379: WRONGPASS invalid username-password pair or user is disabled.).',
    );
    expect(inspect(told, { depth: Infinity, showHidden: true })).not.toContain('geheim');
  });

  it.each([
    ["ERR unknown command 'AUTH', with args beginning with: 'lti' 'geheim' ", "ERR unknown command 'AUTH'"],
    ['ERR unknown command `AUTH`, with args beginning with: `geheim`, ', 'ERR unknown command `AUTH`'],
    ['first line\ngeheim', 'first line'],
    ['x'.repeat(1000), 'x'.repeat(200)],
  ])('reports a failure of bounded length and without arguments: %s', (message, words) =>
    expect(wordsOf(new Error(message))).toBe(words),
  );

  it('reports the last error of a cluster, not that every attempt failed', () => {
    const error = Object.assign(new Error('Failed to refresh slots cache.'), {
      lastNodeError: new Error('connect ECONNREFUSED 127.0.0.1:7000'),
    });
    expect(wordsOf(error)).toBe('connect ECONNREFUSED 127.0.0.1:7000');
  });

  it('reports the error code when the error has no text', () => {
    expect(wordsOf(Object.assign(new Error(''), { code: 'ECONNREFUSED' }))).toBe('ECONNREFUSED');
    expect(wordsOf(new AggregateError([]))).toBe('AggregateError');
  });
});
