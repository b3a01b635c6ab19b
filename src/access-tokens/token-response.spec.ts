import { TokenRequestFailed } from './access-token.errors.js';
import { parseTokenResponse } from './token-response.js';

const REQUESTED_AT = new Date('2026-01-05T08:00:00Z');
const ASKED = ['a', 'b'];

function parse(fields: Record<string, unknown>) {
  const answer = { access_token: 'the-token', token_type: 'Bearer', expires_in: 3600, ...fields };
  return parseTokenResponse(JSON.stringify(answer), ASKED, REQUESTED_AT);
}

function lifeOf(fields: Record<string, unknown>): number {
  const { issuedAt, expiresAt } = parse(fields);
  return (expiresAt.getTime() - issuedAt.getTime()) / 1000;
}

describe('the answer of a token endpoint', () => {
  it('reads the answer, with a life that starts before the request was sent', () => {
    expect(parse({ scope: 'b a' })).toMatchObject({
      value: 'the-token',
      scopes: ['a', 'b'],
      issuedAt: REQUESTED_AT,
      expiresAt: new Date('2026-01-05T09:00:00Z'),
    });
  });

  it.each([
    ['a number', 1800, 1800],
    ['a fraction', 59.5, 59.5],
    ['a numeric string', '1800', 1800],
    ['a numeric string with spaces', ' 1800 ', 1800],
    ['missing', undefined, 3600],
    ['null', null, 3600],
    ['more than a day', 10 ** 12, 86_400],
    ['more than a date can hold', '9e99', 86_400],
    ['0', 0, 5],
    ['"0"', '0', 5],
    ['negative', -1, 5],
    ['a negative string', '-3600', 5],
    ['so little that no request fits in', 0.001, 5],
    ['a word', 'soon', 5],
    ['an empty string', '', 5],
    ['white space', '  ', 5],
    ['no finite number', 'Infinity', 5],
    ['true', true, 5],
    ['an array', [3600], 5],
    ['an object', { seconds: 3600 }, 5],
  ])('gives the token a default life when expires_in is %s', (_, expiresIn, seconds) => {
    expect(lifeOf({ expires_in: expiresIn })).toBe(seconds);
  });

  it.each(['Bearer', 'bearer', 'BEARER', undefined, null])('accepts the token_type %s', (tokenType) => {
    expect(parse({ token_type: tokenType }).value).toBe('the-token');
  });

  it.each([
    ['missing: what was asked', undefined, ['a', 'b']],
    ['null: what was asked', null, ['a', 'b']],
    ['smaller', 'a', ['a']],
    ['larger', 'a b c', ['a', 'b', 'c']],
    ['an array', ['b', 'a'], ['a', 'b']],
    ['oddly spaced', '  b   a ', ['a', 'b']],
    ['empty: nothing was granted', '', []],
    ['an empty array: nothing was granted', [], []],
  ])('reads the granted scopes from a scope that is %s', (_, scope, granted) => {
    expect(parse({ scope }).scopes).toEqual(granted);
  });

  it.each([
    ['a null token', { access_token: null }, 'access_token'],
    ['no token', { access_token: undefined }, 'access_token'],
    ['an empty token', { access_token: '' }, 'access_token'],
    ['a token with a line break', { access_token: 'a\r\nb' }, 'access_token'],
    ['a token that is no string', { access_token: 17 }, 'access_token'],
    ['a token of a megabyte', { access_token: 'x'.repeat(1 << 20) }, 'access_token'],
    ['a token of another type', { token_type: 'mac' }, 'token_type'],
    ['a scope that is a number', { scope: 5 }, 'scope'],
  ])('refuses an answer with %s and names the field', (_, fields, wrong) => {
    expect(() => parse(fields)).toThrow(TokenRequestFailed);
    expect(() => parse(fields)).toThrow(`(wrong: ${wrong})`);
  });

  it.each([
    ['broken JSON', '{"access_token":"very-secret","expires_'],
    ['a page', '<html><body>Log in, very-secret</body></html>'],
    ['nothing', ''],
    ['a list', '["very-secret"]'],
    ['null', 'null'],
  ])('refuses an answer that is %s and repeats none of its text', (_, body) => {
    const act = () => parseTokenResponse(body, ASKED, REQUESTED_AT);
    expect(act).toThrow(TokenRequestFailed);
    expect(act).toThrow(/^The token endpoint answered without a usable token \(wrong: body\)\.$/);
  });
});
