import { type Result } from '../lti-services/grades/result.js';
import { resultRow } from './result-row.js';

const result: Result = { userId: 'ana', resultScore: 15, resultMaximum: 20, extensions: {} };

describe('a result as a row', () => {
  it('has null for each field that the platform does not give', () => {
    expect(resultRow(result)).toMatchObject({
      user_id: 'ana',
      result_score: 15,
      comment: null,
      graded_at: null,
    });
  });

  it.each<[string, Partial<Result>]>([
    ['score', { resultScore: 0 }],
    ['maximum', { resultMaximum: 10 }],
    ['comment', { comment: 'Good' }],
    ['one who scored', { scoringUserId: 'bea' }],
    ['time', { timestamp: new Date(0) }],
    ['extensions', { extensions: { 'https://lms.example.edu/x': 1 } }],
  ])('gets another fingerprint when the %s changes', (_, change) => {
    expect(resultRow({ ...result, ...change }).fingerprint).not.toBe(resultRow(result).fingerprint);
  });

  it('holds only what PostgreSQL can store', () => {
    const row = resultRow({
      ...result,
      userId: 'a\0na',
      comment: 'half \ud83d',
      extensions: { 'https://lms.example.edu/x': ['\0'] },
    });
    expect(row).toMatchObject({
      user_id: 'ana',
      comment: 'half \ufffd',
      extensions: { 'https://lms.example.edu/x': [''] },
    });
  });

  it('distinguishes no grade from a grade of 0', () => {
    const { resultScore: _, ...ungraded } = result;
    expect(resultRow(ungraded).result_score).toBeNull();
    expect(resultRow({ ...result, resultScore: 0 }).result_score).toBe(0);
  });
});
