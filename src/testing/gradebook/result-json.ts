import { below } from './gradebook-paths.js';
import { type ResultQuirks } from '../families/gradebook-quirks.js';
import { canvasSubmission } from '../service-constants.js';
import { type SimulatedLineItem } from './simulated-line-item.js';

/** A result as AGS 2.0 3.3 has it, in the form of the family. A result without a grade has no score. */
export function resultJson(
  item: SimulatedLineItem,
  userId: string,
  itemUrl: string,
  quirks: ResultQuirks,
  comment: 'with-comment' | 'without-comment' = 'with-comment',
): object {
  const entry = item.entry(userId);
  const noComment = quirks.emptyComments === true ? '' : undefined;
  const isPosted = quirks.score === 'as-posted';
  const result = {
    userId,
    resultScore: isPosted ? entry?.scoreGiven : item.resultScore(userId),
    resultMaximum: isPosted ? entry?.scoreMaximum : item.content.scoreMaximum,
    comment: comment === 'without-comment' ? noComment : (entry?.comment ?? noComment),
    scoreOf: itemUrl,
  };
  if (quirks.layout === 'path') {
    const name = quirks.ids === 'own' ? (entry?.resultId ?? '') : userId;
    const id = below(itemUrl, `/results/${encodeURIComponent(name)}`);
    const submission = quirks.submission === 'as-posted' ? entry?.lastScore[canvasSubmission] : undefined;
    return { id, ...result, ...(submission && { [canvasSubmission]: submission }) };
  }
  const id = new URL(below(itemUrl, '/results'));
  id.searchParams.append('user_id', userId);
  return { id: id.href, ...result, timestamp: entry === undefined ? undefined : toSeconds(entry.timestamp) };
}

function toSeconds(timestamp: string): string {
  return `${new Date(timestamp).toISOString().slice(0, 19)}+00:00`;
}
