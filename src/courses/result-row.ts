import { type Result } from '../lti-services/grades/result.js';
import { digestOf } from './digest.js';
import { storable } from '../common/storable-text.js';
import { textOrNull } from './member-row.js';
import { storableJson } from './storable-json.js';

/** A result as the result table takes it. */
export interface ResultRow {
  user_id: string;
  result_score: number | null;
  result_maximum: number;
  comment: string | null;
  scoring_user_id: string | null;
  graded_at: string | null;
  extensions: unknown;
  fingerprint: string;
}

export function resultRow(result: Result): ResultRow {
  const fields = {
    user_id: storable(result.userId),
    result_score: result.resultScore ?? null,
    result_maximum: result.resultMaximum,
    comment: textOrNull(result.comment),
    scoring_user_id: textOrNull(result.scoringUserId),
    graded_at: result.timestamp?.toISOString() ?? null,
    extensions: storableJson(result.extensions),
  };
  return { ...fields, fingerprint: digestOf(JSON.stringify(fields)) };
}
