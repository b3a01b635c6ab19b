import { CANVAS_SUBMISSION } from '../lti-services/grades/canvas-submission.schema.js';
import { type Score } from '../lti-services/grades/score.schema.js';
import { matchResult } from './result-match.js';

const FULLY_GRADED = 'FullyGraded' as const;

it.each<[number | null, number, number | undefined, string]>([
  [1, 3, 33.33333, 'taken'],
  [1, 3, 33.3, 'not_taken'],
  [0, 3, 0, 'taken'],
  [0, 3, undefined, 'not_taken'],
  [null, 3, undefined, 'taken'],
  [null, 3, 0, 'not_taken'],
])(
  'a score of %j of %d, beside a result of %j of 100, was %s',
  (scoreGiven, scoreMaximum, resultScore, match) => {
    const result = {
      resultMaximum: 100,
      extensions: {},
      ...(resultScore !== undefined && { resultScore }),
    };
    const score = { scoreGiven, scoreMaximum, gradingProgress: FULLY_GRADED };
    expect(matchResult(score, undefined, result)).toBe(match);
  },
);

it('a missing result matches only a score that clears the grade', () => {
  const given = { scoreGiven: 1, scoreMaximum: 2, gradingProgress: FULLY_GRADED };
  expect(matchResult(given, undefined, undefined)).toBe('not_taken');
  expect(matchResult({ ...given, scoreGiven: null }, undefined, undefined)).toBe('taken');
});

describe('where the grade does not show whether the score was taken, the time of submission does, or it is unknown', () => {
  const AT = '2026-01-05T07:00:00.000Z';
  const SAME = '2026-01-05T08:00:00+01:00';
  const OTHER = '2026-01-05T06:00:00Z';

  it.each<
    [string, object, Score['gradingProgress'], { grade?: number; shownAt?: string } | undefined, string]
  >([
    ['preserve_score', { preserve_score: true }, 'FullyGraded', { grade: 3 }, 'unknown'],
    ['preserve_score and an equal grade', { preserve_score: true }, 'FullyGraded', { grade: 12 }, 'unknown'],
    ['preserve_score', { preserve_score: true, submitted_at: AT }, 'FullyGraded', { shownAt: SAME }, 'taken'],
    [
      'preserve_score',
      { preserve_score: true, submitted_at: AT },
      'FullyGraded',
      { shownAt: OTHER },
      'not_taken',
    ],
    ['preserve_score without a result', { preserve_score: true }, 'FullyGraded', undefined, 'not_taken'],
    ["another's grade first", { prioritize_non_tool_grade: true }, 'FullyGraded', { grade: 3 }, 'unknown'],
    ["another's grade first", { prioritize_non_tool_grade: true }, 'FullyGraded', { grade: 12 }, 'taken'],
    [
      "another's grade first, and none there",
      { prioritize_non_tool_grade: true },
      'FullyGraded',
      {},
      'not_taken',
    ],
    [
      "another's grade first",
      { prioritize_non_tool_grade: true, submitted_at: AT },
      'FullyGraded',
      { grade: 3, shownAt: SAME },
      'taken',
    ],
    ['a grading that is not finished', {}, 'Pending', {}, 'unknown'],
    ['a grading that is not finished', { submitted_at: AT }, 'Pending', { shownAt: SAME }, 'taken'],
    [
      'an equal grade of an earlier attempt',
      { submitted_at: AT },
      'FullyGraded',
      { grade: 12, shownAt: OTHER },
      'not_taken',
    ],
  ])('%s, sent with %j as %s, beside %j: %s', (_, submission, gradingProgress, shown, match) => {
    const result = shown && {
      resultMaximum: 20,
      ...(shown.grade !== undefined && { resultScore: shown.grade }),
      extensions: { ...(shown.shownAt && { [CANVAS_SUBMISSION]: { submitted_at: shown.shownAt } }) },
    };
    const score = { scoreGiven: 12, scoreMaximum: 20, gradingProgress };
    expect(matchResult(score, submission as Record<string, unknown>, result)).toBe(match);
  });
});
