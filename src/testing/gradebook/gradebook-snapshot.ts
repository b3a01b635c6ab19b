import { type SimulatedCourse } from '../platform/simulated-course.js';
import { type SimulatedLineItem } from './simulated-line-item.js';

/** The grade of one user in a `LineItemSnapshot`. */
export interface ResultSnapshot {
  /** The `sub` of this user's launches. */
  readonly userId: string;
  /** On the scale of the line item; absent when the grade is cleared. */
  readonly resultScore?: number;
  /** The last one that was sent. */
  readonly comment?: string;
  /** The timestamp of the last score, as it was sent. */
  readonly lastTimestamp: string;
  /** How many posts were accepted. */
  readonly accepted: number;
  /** Attempts of the student, where the family counts them. */
  readonly attempts: number;
  /** Of the last score (AGS 2.0 3.4.7). */
  readonly activityProgress: string;
  /** Of the last score (AGS 2.0 3.4.8). */
  readonly gradingProgress: string;
}

/** A line item with its results, as plain data. */
export interface LineItemSnapshot {
  /** The number in its URL. */
  readonly id: string;
  /** The address of the line item. */
  readonly url: string;
  /** The name of the column. */
  readonly label: string;
  /** The scale of `resultScore`. */
  readonly scoreMaximum: number;
  /** The tool's own name of the graded resource. */
  readonly resourceId?: string;
  /** The tool's own name of the kind of grade. */
  readonly tag?: string;
  /** The link in the course that the line item belongs to. */
  readonly resourceLinkId?: string;
  /** Created together with a resource link. */
  readonly coupled: boolean;
  /** Whether it refuses scores. */
  readonly locked: boolean;
  /** One for each user with a score. */
  readonly results: readonly ResultSnapshot[];
}

/** The line items of a course with all results, as they are now. */
export function gradebookSnapshot(course: SimulatedCourse): LineItemSnapshot[] {
  return course.gradebook.lineItems.map(lineItemSnapshot);
}

export function lineItemSnapshot(item: SimulatedLineItem): LineItemSnapshot {
  const { label, scoreMaximum, resourceId, tag, resourceLinkId } = item.content;
  return {
    id: item.id,
    url: item.url,
    label,
    scoreMaximum,
    ...(resourceId === undefined ? {} : { resourceId }),
    ...(tag === undefined ? {} : { tag }),
    ...(resourceLinkId === undefined ? {} : { resourceLinkId }),
    coupled: item.coupled,
    locked: item.locked,
    results: item.entries.map(({ userId, comment, timestamp, lastScore, accepted, attempts }) => {
      const resultScore = item.resultScore(userId);
      return {
        userId,
        ...(resultScore === undefined ? {} : { resultScore }),
        ...(comment === undefined ? {} : { comment }),
        lastTimestamp: timestamp,
        accepted,
        attempts,
        activityProgress: lastScore.activityProgress,
        gradingProgress: lastScore.gradingProgress,
      };
    }),
  };
}
