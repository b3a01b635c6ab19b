import { type PlatformResponse } from '../../platform-http/platform-request.js';
import { membershipsRefusal } from './memberships-refusal.js';

const receivedAt = new Date('2026-01-05T08:00:00Z');

function answer(status: number, body: string, headers: Record<string, string> = {}): PlatformResponse {
  return { status, headers, body, url: 'https://lms.example/m', receivedAt };
}

it.each([
  [
    400,
    '{"error":"invalid_request","error_description":"limit is wrong"}',
    '400 (invalid_request: limit is wrong)',
  ],
  [
    400,
    '{"error":"Invalid parameter: \\"query.rlid\\" is not allowed"}',
    '400 (Invalid parameter: "query.rlid" is not allowed)',
  ],
  [403, '{"detail":"Not enrolled."}', '403 (Not enrolled.)'],
  [
    404,
    '{"errors":[{"message":"The specified resource does not exist."}]}',
    '404 (The specified resource does not exist.)',
  ],
  [
    403,
    '{"errors":{"type":"x","message":"The tool is not in this course."}}',
    '403 (The tool is not in this course.)',
  ],
  [404, '<html><title>Gone</title><script>x()</script></html>', '404 (Gone)'],
  [418, '', '418. '],
  [401, 'null', '401 (null)'],
])('explains a %i with %s', (status, body, words) => {
  const error = membershipsRefusal(answer(status, body), 3, 'generic');
  expect(error).toMatchObject({ code: 'memberships_refused', status: 502 });
  expect(error.message).toContain(words);
  expect(error.details()).toEqual({ platformStatus: status, page: 3 });
});

it.each([
  [400, 'check the memberships URL'],
  [403, 'enable the names and roles service'],
  [404, 'gone or concluded'],
  [410, 'gone'],
])('says to the operator what to do about a %i', (status, advice) => {
  expect(membershipsRefusal(answer(status, ''), 1, 'generic').message).toContain(advice);
});

it.each<[number, string, 'generic' | 'canvas' | 'moodle', boolean]>([
  [404, '{"errors":[{"message":"The specified resource does not exist."}]}', 'canvas', true],
  [410, '{"status":410,"reason":"Gone"}', 'moodle', true],
  [404, '', 'generic', true],
  [404, '<html><title>404 Not Found</title></html>', 'generic', false],
  [410, '<!doctype html><h1>Gone</h1>', 'canvas', false],
  [404, '404 page not found', 'generic', false],
  [404, 'Not Found', 'canvas', false],
  [403, '{"error":"not in this course"}', 'generic', false],
])('of %i with %j at %s means that the course is gone: %s', (status, body, family, isCourseGone) => {
  expect(membershipsRefusal(answer(status, body), 1, family)).toMatchObject({ isCourseGone });
});

it('says that the roster exceeds the limit of Open edX', () => {
  const body =
    '{"error":"above_response_limit","explanation":"The number of retrieved users is bigger than the maximum allowed in the configuration."}';
  const error = membershipsRefusal(answer(403, body), 1, 'generic');
  expect(error).toMatchObject({ code: 'roster_above_platform_limit', status: 502, retryAt: undefined });
  expect(error.details()).toEqual({ platformStatus: 403, page: 1 });
});

it('treats a 5xx as temporary: it retries in a minute or when the platform says', () => {
  const error = membershipsRefusal(answer(502, '<h1>502 Bad Gateway</h1>'), 2, 'generic');
  expect(error).toMatchObject({
    code: 'memberships_unavailable',
    status: 503,
    retryAt: new Date('2026-01-05T08:01:00Z'),
  });
  expect(error.message).toContain('502 (502 Bad Gateway)');
  expect(membershipsRefusal(answer(500, '', { 'retry-after': '300' }), 2, 'generic').retryAt).toEqual(
    new Date('2026-01-05T08:05:00Z'),
  );
});

it("shows little of the platform's text, and no token in it", () => {
  const echo = `Bearer 908974cad39751955dea7fac7e1fcb97 ${'x'.repeat(9000)}`;
  const { message } = membershipsRefusal(answer(403, JSON.stringify({ reason: echo })), 1, 'generic');
  expect(message).not.toContain('908974');
  expect(message.length).toBeLessThan(600);
});
