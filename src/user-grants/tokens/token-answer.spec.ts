import { readTokenAnswer, type TokenAnswer } from './token-answer.js';

const requestedAt = new Date('2026-01-05T08:00:00Z');
const read = (answer: unknown, path: string[] | null = ['user', 'id']): TokenAnswer | { wrong: string } =>
  readTokenAnswer(typeof answer === 'string' ? answer : JSON.stringify(answer), requestedAt, {
    userIdPath: path,
    realUserPath: ['real_user'],
  });

it('reads the answer of Canvas to an authorization code', () => {
  const answer = {
    access_token: '1~abc',
    token_type: 'Bearer',
    user: { id: 42, name: 'Jimi', global_id: '10000000000042' },
    refresh_token: 'tIh2YBWGiC0GgGRglT9Ylwv2MnTvy8csfGyfK2PqZmkFYYqYZ0wui4tzI7uBwnN2',
    expires_in: 3600,
    canvas_region: 'us-east-1',
  };
  expect(read(answer)).toEqual({
    accessToken: '1~abc',
    refreshToken: answer.refresh_token,
    expiresAt: new Date('2026-01-05T09:00:00Z'),
    scopes: undefined,
    providerUserId: '42',
    isMasquerade: false,
  });
});

it('keeps every digit of an id above 2^53', () => {
  expect(read('{"access_token":"a","user":{"id":10000000000000123}}')).toMatchObject({
    providerUserId: '10000000000000123',
  });
});

it('detects an administrator who acts as the user', () => {
  const real_user = { id: 1, name: 'An administrator' };
  expect(read({ access_token: 'a', user: { id: 42 }, real_user })).toMatchObject({ isMasquerade: true });
  expect(read({ access_token: 'a', user: { id: 42 }, real_user: null })).toMatchObject({
    isMasquerade: false,
  });
});

it.each([
  [{ access_token: 'a' }, { refreshToken: undefined, expiresAt: undefined, providerUserId: undefined }],
  [
    { access_token: 'a', token_type: null, refresh_token: null, expires_in: null, scope: null },
    { accessToken: 'a', refreshToken: undefined, expiresAt: undefined, scopes: undefined },
  ],
  [{ access_token: 'a', refresh_token: '' }, { refreshToken: undefined }],
  [{ access_token: 'a', expires_in: '60' }, { expiresAt: new Date('2026-01-05T08:01:00Z') }],
  [{ access_token: 'a', scope: 'x y,z' }, { scopes: ['x', 'y', 'z'] }],
  [{ access_token: 'a', user: { id: 'abc' } }, { providerUserId: 'abc' }],
  [{ access_token: 'a', user: { id: {} } }, { providerUserId: undefined }],
  [{ access_token: 'a', user: null }, { providerUserId: undefined }],
])('reads what can be read from %j', (answer, expected) => {
  expect(read(answer)).toMatchObject(expected);
});

it.each([
  [{ access_token: null, refresh_token: 'r' }, 'access_token'],
  [{ access_token: '' }, 'access_token'],
  [{ access_token: 'two words' }, 'access_token'],
  [{}, 'access_token'],
  [{ access_token: 'a', token_type: 'mac' }, 'token_type'],
  ['<html>', 'body'],
  ['null', 'body'],
])('reads no token from %j', (answer, wrong) => {
  expect(read(answer)).toEqual({ wrong });
});

it('reads no user when the platform names none', () => {
  expect(read({ access_token: 'a', user: { id: 1 } }, null)).toMatchObject({ providerUserId: undefined });
});
