import { isThrottlingAnswer } from './exchange.js';

it.each([
  [429, ''],
  [503, '<html>Maintenance</html>'],
  [403, '403 Forbidden (Rate Limit Exceeded)\n'],
  [403, '{"errors":[{"message":"rate limit exceeded"}]}'],
])('recognizes %d %p as throttling', (status, body) => {
  expect(isThrottlingAnswer({ status, body })).toBe(true);
});

it.each([
  [403, '{"errors":"insufficient scopes"}'],
  [403, 'Rate Limit Exceeded'.padEnd(5000)],
  [200, 'Rate Limit Exceeded'],
  [500, ''],
  [502, ''],
])('does not treat %d %p as throttling', (status, body) => {
  expect(isThrottlingAnswer({ status, body })).toBe(false);
});
