import fc from 'fast-check';
import { CANVAS_SUBMISSION } from './canvas-submission.schema.js';
import { scoreBody } from './score-exchange.js';
import { type ScoreInput, scoreSchema } from './score.schema.js';
import { type PlatformFamily } from '../../registrations/platform-family.js';
import { scoreRefusal } from './grades-refusal.js';

const timestamp = new Date('2026-01-05T08:00:00.120Z');
const score: ScoreInput = { userId: 'u', scoreGiven: 5, scoreMaximum: 10 };

function bodyOf(input: ScoreInput, family: 'generic' | 'canvas' = 'generic'): Record<string, unknown> {
  const parsed = scoreSchema.parse(input);
  const text = scoreBody(parsed, parsed.timestamp ?? timestamp, family);
  return JSON.parse(text) as Record<string, unknown>;
}

it('is complete, its timestamp in UTC with milliseconds', () => {
  expect(bodyOf({ ...score, timestamp: '2026-01-05T10:00:00+02:00' })).toEqual({
    userId: 'u',
    scoreGiven: 5,
    scoreMaximum: 10,
    activityProgress: 'Completed',
    gradingProgress: 'FullyGraded',
    timestamp: '2026-01-05T08:00:00.000Z',
  });
});

it('has neither score nor maximum where it clears', () => {
  const body = bodyOf({ ...score, scoreGiven: null });
  expect(body).not.toHaveProperty('scoreGiven');
  expect(body).not.toHaveProperty('scoreMaximum');
});

it('gives 0 where 0 is given', () => {
  expect(bodyOf({ ...score, scoreGiven: 0 }).scoreGiven).toBe(0);
});

describe('the extension of Canvas', () => {
  it('says at Canvas that the score is not a new attempt, and says nothing at other platforms', () => {
    expect(bodyOf(score, 'canvas')[CANVAS_SUBMISSION]).toEqual({ new_submission: false });
    expect(bodyOf(score)).not.toHaveProperty([CANVAS_SUBMISSION]);
  });

  it('has every field under its name there', () => {
    const canvasSubmission = {
      newSubmission: true,
      preserveScore: true,
      prioritizeNonToolGrade: false,
      submissionType: 'online_url' as const,
      submissionData: 'https://tool.example.edu/papers/1',
      submittedAt: timestamp,
    };
    expect(bodyOf({ ...score, canvasSubmission }, 'canvas')[CANVAS_SUBMISSION]).toEqual({
      new_submission: true,
      preserve_score: true,
      prioritize_non_tool_grade: false,
      submission_type: 'online_url',
      submission_data: 'https://tool.example.edu/papers/1',
      submitted_at: '2026-01-05T08:00:00.120Z',
    });
  });

  it("is the caller's own where the caller wrote it as an extension", () => {
    const extensions = { [CANVAS_SUBMISSION]: { new_submission: true } };
    expect(bodyOf({ ...score, extensions }, 'canvas')).toMatchObject(extensions);
  });

  it('merges what the caller wrote as an extension with the typed fields, which win', () => {
    const extensions = { [CANVAS_SUBMISSION]: { new_submission: true, future_field: 1 } };
    const canvasSubmission = { newSubmission: false, submissionType: 'none' as const };
    expect(bodyOf({ ...score, extensions, canvasSubmission }, 'canvas')[CANVAS_SUBMISSION]).toEqual({
      future_field: 1,
      new_submission: false,
      submission_type: 'none',
    });
  });

  it.each([
    ['typed', { canvasSubmission: { newSubmission: true } }],
    ['an extension', { extensions: { [CANVAS_SUBMISSION]: { new_submission: true } } }],
    ["an extension without the field, for Canvas' default", { extensions: { [CANVAS_SUBMISSION]: {} } }],
  ])('of a new attempt has one time of submission for all tries: %s', (_, fields) => {
    const sent = bodyOf({ ...score, ...fields }, 'canvas');
    expect(sent[CANVAS_SUBMISSION]).toMatchObject({ submitted_at: timestamp.toISOString() });
  });

  it.each([
    { canvasSubmission: { newSubmission: true, submittedAt: '2026-01-01T00:00:00Z' } },
    { canvasSubmission: { newSubmission: true }, submission: { submittedAt: '2026-01-01T00:00:00Z' } },
    { canvasSubmission: { newSubmission: false } },
    { extensions: { [CANVAS_SUBMISSION]: { submission_type: 'none' } } },
  ])('has no other time of submission than the one that is given: %j', (fields) => {
    const sent = bodyOf({ ...score, ...fields }, 'canvas')[CANVAS_SUBMISSION] as { submitted_at?: string };
    expect(sent.submitted_at).not.toBe(timestamp.toISOString());
  });

  it('has the files of an online_upload, which needs them', () => {
    const contentItems = [{ url: 'https://tool.example.edu/essay.pdf?signed=1', title: 'essay.pdf' }];
    const canvasSubmission = { newSubmission: true, submissionType: 'online_upload' as const };
    const sent = bodyOf({ ...score, canvasSubmission: { ...canvasSubmission, contentItems } }, 'canvas');
    expect(sent[CANVAS_SUBMISSION]).toMatchObject({
      submission_type: 'online_upload',
      content_items: [{ type: 'file', ...contentItems[0] }],
    });
    const { error } = scoreSchema.safeParse({ ...score, canvasSubmission });
    expect(error?.issues[0]).toMatchObject({ path: ['canvasSubmission', 'contentItems'] });
  });
});

const moment = fc.date({
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
});
const extensions = fc.dictionary(
  fc.string({ minLength: 1 }).map((name) => `https://tool.example.edu/${encodeURIComponent(name)}`),
  // JSON knows no -0.
  fc.jsonValue().map((value) => withoutProto(value) as never),
  { maxKeys: 5 },
);
const maximum = fc.double({ min: 0.001, max: 1e6, noNaN: true });
const anyScore = fc.record(
  {
    userId: fc.string({ minLength: 1, maxLength: 50, unit: 'binary' }),
    scoreGiven: fc.double({ min: 0.001, max: 1e6, noNaN: true }),
    scoreMaximum: maximum,
    timestamp: moment,
    activityProgress: fc.constantFrom('Initialized', 'Started', 'InProgress', 'Submitted', 'Completed'),
    gradingProgress: fc.constantFrom('FullyGraded', 'Pending', 'PendingManual', 'Failed', 'NotReady'),
    comment: fc.string({ unit: 'binary' }),
    scoringUserId: fc.string({ minLength: 1, maxLength: 50 }),
    submission: fc.record({ startedAt: moment, submittedAt: moment }, { requiredKeys: [] }),
    extensions,
  },
  {
    requiredKeys: [
      'userId',
      'scoreGiven',
      'scoreMaximum',
      'timestamp',
      'activityProgress',
      'gradingProgress',
    ],
  },
);

it('is one line, whatever is in it, and can be read back as it was', () => {
  fc.assert(
    fc.property(anyScore, (input) => {
      const text = scoreBody(scoreSchema.parse(input), input.timestamp, 'generic');
      expect(text).not.toMatch(/[\r\n]/);
      const { extensions: sent, ...fields } = input;
      const read = JSON.parse(text) as Record<string, unknown>;
      const own = Object.entries(read).filter(([name]) => !name.startsWith('https://'));
      expect(scoreSchema.parse(Object.fromEntries(own))).toEqual(fields);
      for (const [name, value] of Object.entries(sent ?? {})) expect(read[name]).toEqual(value);
    }),
  );
});

it('keeps the order of timestamps to the millisecond, in whatever zone they were written', () => {
  const offset = fc.constantFrom('+05:30', '-11:00', '+00:00', '+14:00');
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 4e12 }),
      fc.integer({ min: 1, max: 1e9 }),
      offset,
      (from, by, zone) => {
        const sent = (epochMs: number): unknown => {
          const [sign, hours, minutes] = [zone.startsWith('-') ? -1 : 1, zone.slice(1, 3), zone.slice(4)];
          const shiftMs = sign * (Number(hours) * 60 + Number(minutes)) * 60_000;
          const local = new Date(epochMs + shiftMs).toISOString().replace('Z', zone);
          return bodyOf({ ...score, timestamp: local }).timestamp;
        };
        const [first, second] = [String(sent(from)), String(sent(from + by))];
        expect(first < second).toBe(true);
        expect(Date.parse(second) - Date.parse(first)).toBe(by);
      },
    ),
  );
});

/** A key of this name does not survive assignment, which libraries on the way do: no platform has one. */
function withoutProto(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, inner: unknown) =>
    key === '__proto__' ? undefined : inner,
  );
}

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
