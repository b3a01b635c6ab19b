import fc from 'fast-check';
import { CANVAS_SUBMISSION } from '../lti-services/grades/canvas-submission.schema.js';
import { scoreBody } from '../lti-services/grades/score-exchange.js';
import { type ScoreInput, scoreSchema } from '../lti-services/grades/score.schema.js';
import { outboxScoreSchema } from './outbox.schema.js';

const timestamp = new Date('2026-01-05T08:00:00.120Z');
const lineItemId = 'https://lms.example.edu/items/1';

const moment = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
const anyText = fc.string({
  unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
});
const positive = fc.double({ min: 0.001, max: 1e6, noNaN: true });
const anyScore = fc.record(
  {
    userId: fc.string({ minLength: 1, maxLength: 50 }),
    scoreGiven: fc.option(positive),
    scoreMaximum: positive,
    activityProgress: fc.constantFrom('Initialized', 'Completed' as const),
    gradingProgress: fc.constantFrom('FullyGraded', 'Pending' as const),
    comment: anyText,
    scoringUserId: fc.string({ minLength: 1, maxLength: 50 }),
    submission: fc.record({ startedAt: moment, submittedAt: moment }, { requiredKeys: [] }),
    canvasSubmission: fc.record(
      {
        newSubmission: fc.boolean(),
        preserveScore: fc.boolean(),
        submissionData: anyText,
        submittedAt: moment,
      },
      { requiredKeys: [] },
    ),
    extensions: fc.dictionary(
      fc.constantFrom('https://tool.example.edu/x', 'https://tool.example.edu/y', CANVAS_SUBMISSION),
      fc.oneof(anyText, fc.jsonValue()).map((value) => JSON.parse(JSON.stringify(value)) as never),
    ),
  },
  { requiredKeys: ['userId', 'scoreGiven', 'scoreMaximum'] },
);

/** As `GradeService.postScore` has it. */
const bodyOf = (score: ScoreInput, family: 'canvas' | 'generic'): string =>
  scoreBody(scoreSchema.parse(score), timestamp, family);

it('a score goes out of the outbox as it would have gone out at once', () => {
  fc.assert(
    fc.property(anyScore, fc.constantFrom('canvas', 'generic' as const), (score, family) => {
      const checked = outboxScoreSchema.parse({ ...score, lineItemId, idempotencyKey: 'a' });
      const { lineItemId: _lineItem, idempotencyKey: _key, ...fields } = checked;
      const stored = JSON.parse(JSON.stringify(fields)) as ScoreInput;
      expect(bodyOf(stored, family)).toBe(bodyOf(score, family));
    }),
  );
});

it('a score may be checked again and again, and stays what it is', () => {
  fc.assert(
    fc.property(anyScore, (score) => {
      const once = scoreSchema.parse(score);
      expect(scoreSchema.parse(once)).toEqual(once);
      expect(scoreSchema.parse(JSON.parse(JSON.stringify(once)))).toEqual(once);
    }),
  );
});
