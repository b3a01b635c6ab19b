import { type SimulatedLineItem } from '../../src/testing/index.js';
import { type SyncedCourse } from './synced-platform.js';

const TIME = '2026-01-05T08:00:00.000Z';

/** The user id of a member by its number. Number 1 is a teacher. */
export function student(number: number): string {
  return `user-${String(number).padStart(5, '0')}`;
}

/** A line item with a maximum of 20. The grade of each of these students, from the second member on, is the member's number. */
export function addLineItem({ lms }: SyncedCourse, label: string, graded = 0): SimulatedLineItem {
  const item = lms.gradebook.addLineItem({ label, scoreMaximum: 20, resourceId: label });
  for (let number = 2; number < graded + 2; number += 1) setScore(item, student(number), number);
  return item;
}

/** Replaces the grade; undefined clears it. */
export function setScore(item: SimulatedLineItem, userId: string, scoreGiven: number | undefined): void {
  item.setScore({ userId, scoreGiven, timestamp: TIME });
}

/** The platform lists only these results of the line item from now on. */
export function showOnly(item: SimulatedLineItem, entries: SimulatedLineItem['entries']): jest.SpyInstance {
  return jest.spyOn(item, 'entries', 'get').mockReturnValue(entries);
}
