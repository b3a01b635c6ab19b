import { type Score, scoreSchema } from './score.schema.js';
import { GradebookRefused } from './gradebook.errors.js';

/** Reads a score that a tool sends (AGS 2.0 3.4). @throws {GradebookRefused} `bad_score`, `missing_score_maximum`. */
export function readScore(body: string): Score {
  const read = scoreSchema.safeParse(parsed(body));
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new GradebookRefused('bad_score', {
      field: issue?.path.join('.') ?? '',
      detail: issue?.message ?? '',
    });
  }
  const { scoreGiven, scoreMaximum } = read.data;
  if (scoreGiven !== undefined && scoreMaximum === undefined) {
    throw new GradebookRefused('missing_score_maximum', { field: 'scoreMaximum', detail: 'is missing' });
  }
  return read.data;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new GradebookRefused('bad_score', { field: 'body', detail: 'is not JSON' });
  }
}
