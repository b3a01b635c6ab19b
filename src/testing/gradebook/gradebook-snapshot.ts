import { type SimulatedCourse } from '../platform/simulated-course.js';
import { type SimulatedLineItem } from './simulated-line-item.js';

export interface ResultSnapshot {
  readonly userId: string;
  /** On the scale of the line item; absent when the grade is cleared. */
  readonly resultScore?: number;
  readonly comment?: string;
  readonly lastTimestamp: string;
  readonly accepted: number;
  readonly attempts: number;
  readonly activityProgress: string;
  readonly gradingProgress: string;
}

export interface LineItemSnapshot {
  readonly id: string;
  readonly url: string;
  readonly label: string;
  readonly scoreMaximum: number;
  readonly resourceId?: string;
  readonly tag?: string;
  readonly resourceLinkId?: string;
  readonly coupled: boolean;
  readonly locked: boolean;
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
