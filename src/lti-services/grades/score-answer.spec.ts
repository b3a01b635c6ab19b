import { type PlatformFamily } from '../../registrations/platform-family.js';
import { scoreRefusal } from './grades-refusal.js';

const receivedAt = new Date('2026-01-05T08:00:00Z');

function codeOf(
  family: PlatformFamily,
  status: number,
  body: string,
  headers: Record<string, string> = {},
): string {
  const url = 'https://lms.example.edu/items/1/scores';
  return scoreRefusal({ status, body, headers, url, receivedAt }, family).code;
}

const PAGE = '<html><head><title>403 Forbidden</title></head></html>';
const JSON_BODY = '{"errors":{"message":"no"}}';

describe('an answer that does not come from the gradebook', () => {
  it.each<[string, number, string, Record<string, string>]>([
    ['a page', 403, PAGE, { 'content-type': 'text/html' }],
    ['a page without a content type', 403, PAGE, {}],
    ['a page in upper case', 404, '<HTML><BODY>404</BODY></HTML>', { 'content-type': 'TEXT/HTML' }],
    ['a page behind a byte order mark', 403, `\uFEFF\n${PAGE}`, {}],
    ['a page behind a comment', 400, `<!-- WAF -->${PAGE}`, {}],
    ['a page that is called JSON', 403, PAGE, { 'content-type': 'application/json' }],
    ['text that is called HTML', 403, 'Blocked by policy 17', { 'content-type': 'text/html' }],
    ['a page after some text', 403, `Sorry. ${PAGE}`, {}],
    ["nginx' 405", 405, PAGE, { server: 'nginx' }],
    ["nginx' 413", 413, PAGE, { server: 'nginx' }],
    ['an empty 405', 405, '', {}],
    ["Traefik's 404", 404, '404 page not found\n', { 'content-type': 'text/plain' }],
    ["Envoy's 403", 403, 'RBAC: access denied', { 'content-type': 'text/plain' }],
    ["Cloudflare's 403 in text", 403, 'error code: 1020', { 'content-type': 'text/plain' }],
    ['a challenge', 403, '{}', { 'cf-mitigated': 'challenge' }],
    ['the status in words', 403, 'Forbidden', {}],
    ['407', 407, JSON_BODY, {}],
    ['451', 451, JSON_BODY, {}],
    ['511', 511, PAGE, {}],
    ['408', 408, '', {}],
    ["a gateway's 502", 502, PAGE, {}],
    ['an empty 504', 504, '', {}],
    ["Cloudflare's 522", 522, 'error code: 522', {}],
  ])('is intercepted: %s', (_, status, body, headers) => {
    for (const family of ['generic', 'moodle', 'canvas', 'brightspace'] as const) {
      expect(codeOf(family, status, body, headers)).toBe('score_intercepted');
    }
  });

  it('is known by the family where that writes JSON alone', () => {
    const body = 'Your request was stopped.';
    expect(codeOf('moodle', 403, body)).toBe('score_intercepted');
    expect(codeOf('canvas', 404, body)).toBe('score_intercepted');
    expect(codeOf('generic', 403, body)).toBe('grades_refused');
  });
});

describe('an answer of the gradebook', () => {
  it.each<[PlatformFamily, number, string, Record<string, string>, string]>([
    ['moodle', 400, '[]', { 'content-type': 'application/vnd.ims.lis.v1.score+json' }, 'grades_refused'],
    ['moodle', 400, '{"reason":"no"}', { 'content-type': 'text/html; charset=utf-8' }, 'grades_refused'],
    ['moodle', 400, '{"error" : ""kid" invalid"}', {}, 'grades_refused'],
    ['canvas', 422, JSON_BODY, {}, 'grades_refused'],
    ['canvas', 412, JSON_BODY, {}, 'grades_refused'],
    ['generic', 403, JSON_BODY, {}, 'grades_refused'],
    ['generic', 404, '', {}, 'line_item_gone'],
    ['generic', 410, ' \n', {}, 'line_item_gone'],
    ['generic', 405, JSON_BODY, {}, 'grades_refused'],
    ['blackboard', 400, 'User could not be found: 17', {}, 'grades_refused'],
    ['brightspace', 403, 'User in requested score is not enrolled in the org unit', {}, 'grades_refused'],
    ['brightspace', 404, 'User in requested score does not exist', {}, 'grades_refused'],
    ['brightspace', 404, '{"title":"User in requested score does not exist"}', {}, 'grades_refused'],
    ['brightspace', 404, '{"title":"Not Found"}', {}, 'line_item_gone'],
    ['moodle', 500, '[]', {}, 'grades_unavailable'],
    ['canvas', 500, PAGE, {}, 'grades_unavailable'],
    ['canvas', 504, JSON_BODY, {}, 'grades_unavailable'],
  ])('%s: %d %s', (family, status, body, headers, code) => {
    expect(codeOf(family, status, body, headers)).toBe(code);
  });
});

describe('a token without the scope', () => {
  it.each<[PlatformFamily, number, string, Record<string, string>]>([
    ['generic', 403, '', { 'www-authenticate': 'Bearer error="insufficient_scope"' }],
    ['generic', 403, '', { 'www-authenticate': 'bearer realm="x", ERROR=INSUFFICIENT_SCOPE' }],
    ['generic', 403, '{"error":"insufficient_scope"}', {}],
    ['sakai', 400, '{"error":"Scope not in access token"}', {}],
    ['openedx', 403, '{"detail":"You do not have permission to perform this action."}', {}],
  ])('is a fault of the registration: %s %d %s %j', (family, status, body, headers) => {
    expect(codeOf(family, status, body, headers)).toBe('scope_mismatch');
  });

  it('is not what a page that names it says', () => {
    expect(codeOf('generic', 403, '<html>insufficient_scope</html>')).toBe('score_intercepted');
  });
});

it("takes Sakai's 403 about the token for one", () => {
  expect(codeOf('sakai', 403, '{"error":"signature_error"}')).toBe('authentication_failed');
});
