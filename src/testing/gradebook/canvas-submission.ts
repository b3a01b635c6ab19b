import { canvasSubmission } from '../service-constants.js';
import { type Score } from './score.schema.js';
import { type GradebookEntry, type SimulatedLineItem } from './simulated-line-item.js';
import { GradebookRefused } from './gradebook.errors.js';

/** How far ahead a time of submission may be: a minute, as Canvas' setting is by default. */
const mostAheadMs = 60_000;

/** Checks what a score says about a submission, as Canvas' source checks it and in its order. @throws GradebookRefused */
export function checkSubmission(score: Score, item: SimulatedLineItem, nowMs: number): void {
  const submittedAt = submittedAtOf(score);
  if (submittedAt !== undefined && Date.parse(submittedAt) > nowMs + mostAheadMs) {
    throw new GradebookRefused('future_submission', { submittedAt });
  }
  if (!item.isPublished) throw new GradebookRefused('unpublished_assignment', { item: item.id });
  const { submission_type: type, content_items: files = [] } = extensionOf(score);
  if (type === 'online_upload' && files.length === 0) throw new GradebookRefused('no_content_items');
  const { attempts = 0 } = item.entry(score.userId) ?? {};
  if (isAttempt(score) && item.attemptLimit !== undefined && attempts >= item.attemptLimit) {
    throw new GradebookRefused('no_attempts_left', { user: score.userId });
  }
}

/** Whether the score begins an attempt. Canvas' default is yes, but for the submission type `none`. */
export function isAttempt(score: Score): boolean {
  const {
    new_submission: isNew = true,
    submission_type: type,
    content_items: files = [],
  } = extensionOf(score);
  return isNew && (files.length > 0 || type !== 'none');
}

/** When the student handed it in, as the tool says: the member of AGS 2.0 goes before the one of the extension. */
export function submittedAtOf(score: Score): string | undefined {
  return score.submission?.submittedAt ?? extensionOf(score).submitted_at;
}

/**
 * Whether the grade stays unchanged. `preserve_score` keeps the grade, or keeps it missing. `prioritize_non_tool_grade` keeps an
 * existing grade, whatever its source, but does not prevent its deletion.
 */
export function keepsGrade(score: Score, before: GradebookEntry | undefined, clears: boolean): boolean {
  const extension = extensionOf(score);
  if (extension.preserve_score === true) return true;
  return extension.prioritize_non_tool_grade === true && !clears && before?.scoreGiven !== undefined;
}

/** The files of a score in the answer, each with the address of its progress. */
export function fileAnswer(score: Score, courseUrl: string): Record<string, unknown> {
  const { content_items: files = [] } = extensionOf(score);
  if (files.length === 0) return {};
  const answered = files.map(({ type, url, title }, index) => ({
    type,
    url,
    title,
    progress: `${courseUrl}/progress/${index + 1}`,
  }));
  return { [canvasSubmission]: { content_items: answered } };
}

function extensionOf(score: Score) {
  return score[canvasSubmission] ?? {};
}
