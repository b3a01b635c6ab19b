import { type SimulatedLineItem } from '../../src/testing/index.js';
import { type SyncedCourse } from './synced-platform.js';

const TIME = '2026-01-05T08:00:00.000Z';

/** The id of a member by its number; the first is a teacher. */
export function student(number: number): string {
  return `user-${String(number).padStart(5, '0')}`;
}

/** A line item of 20, in which so many students have their number for a grade, from the second member on. */
export function addLineItem({ lms }: SyncedCourse, label: string, graded = 0): SimulatedLineItem {
  const item = lms.gradebook.addLineItem({ label, scoreMaximum: 20, resourceId: label });
  for (let number = 2; number < graded + 2; number += 1) setScore(item, student(number), number);
  return item;
}

/** Whatever was there before; undefined clears it. */
export function setScore(item: SimulatedLineItem, userId: string, scoreGiven: number | undefined): void {
  item.setScore({ userId, scoreGiven, timestamp: TIME });
}

/** From now on the platform shows these results of it. */
export function showOnly(item: SimulatedLineItem, entries: SimulatedLineItem['entries']): jest.SpyInstance {
  return jest.spyOn(item, 'entries', 'get').mockReturnValue(entries);
}
