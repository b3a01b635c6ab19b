import fc from 'fast-check';
import { CANVAS_SUBMISSION } from './canvas-submission.schema.js';
import { scoreBody } from './score-body.js';
import { type ScoreInput, scoreSchema } from './score.schema.js';

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
  it('says at Canvas that it is no new attempt, and nothing elsewhere', () => {
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
