import { shippedProviders } from '../providers/shipped-providers.js';
import { readRefusal, type TokenRefusal } from './token-refusal.js';

function refusal(status: number, body: unknown, secrets: string[] = []): TokenRefusal {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = { status, body: text, headers: {}, url: 'https://lms.example/', receivedAt: new Date(0) };
  return readRefusal(response, shippedProviders.canvas, secrets);
}

it.each([
  [400, { error: 'invalid_grant' }, 'grant'],
  [400, { error: 'invalid_request', error_description: 'refresh_token not found' }, 'grant'],
  [400, { error: 'invalid_request', error_description: 'missing grant_type' }, 'request'],
  [400, { error: 'invalid_request' }, 'request'],
  [400, { error: 'invalid_grant', error_description: null }, 'grant'],
  [400, { error: 'invalid_grant', error_description: {} }, 'grant'],
  [401, { error: 'invalid_client', error_description: 'invalid client' }, 'client'],
  [400, { error: 'unauthorized_client' }, 'client'],
  [401, { error: 'invalid_grant' }, 'request'],
  [401, '<h1>Unauthorized</h1>', 'client'],
  [403, '<h1>Forbidden</h1>', 'request'],
  [404, '', 'request'],
])('classifies %i %j as a fault of the %s', (status, body, about) => {
  expect(refusal(status, body).about).toBe(about);
});

it("repeats the platform's text without what was sent", () => {
  const body = {
    error: 'invalid_request',
    error_description: 'no such token s3cret-refresh of client+secret',
  };
  expect(refusal(400, body, ['s3cret-refresh', 'client+secret', '']).words).toBe(
    'invalid_request: no such token (secret) of (secret)',
  );
});
