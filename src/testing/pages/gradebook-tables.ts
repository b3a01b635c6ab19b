import { type Row, table } from './html.js';
import { type SimulatedCourse } from '../platform/simulated-course.js';
import { type GradebookEntry, type SimulatedLineItem } from '../gradebook/simulated-line-item.js';
import { userLabel } from './user-label.js';

// A large gradebook does not fit on the page; /_control/ has all of it.
const mostRows = 200;

const headings = [
  'Line item',
  'User',
  'Result',
  'Last timestamp',
  'Progress',
  'Posts',
  'Attempts',
  'Comment',
];

/** The gradebook of each course that has line items, as tables. */
export function gradebookTables(courses: readonly SimulatedCourse[]): string {
  return courses
    .filter(({ gradebook }) => gradebook.lineItems.length > 0)
    .map((course) => table(`Gradebook of ${course.title}`, headings, rowsOf(course)))
    .join('\n');
}

function rowsOf({ gradebook, members }: SimulatedCourse): Row[] {
  const names = new Map(members.map(({ userId, name }) => [userId, name]));
  const rows = gradebook.lineItems.flatMap((item) => [
    [nameOf(item), '', '', '', '', '', '', ''],
    ...item.entries.map((entry) => entryRow(item, entry, names.get(entry.userId))),
  ]);
  if (rows.length <= mostRows) return rows;
  return [...rows.slice(0, mostRows), [`and ${rows.length - mostRows} more`]];
}

function nameOf({ id, content, coupled, locked }: SimulatedLineItem): string {
  const marks = [...(coupled ? ['coupled'] : []), ...(locked ? ['locked'] : [])];
  return `${id}: ${content.label}${marks.length === 0 ? '' : ` (${marks.join(', ')})`}`;
}

function entryRow(item: SimulatedLineItem, entry: GradebookEntry, name: string | undefined): Row {
  const score = item.resultScore(entry.userId);
  return [
    '',
    userLabel({ userId: entry.userId, name }),
    score === undefined ? 'none' : `${score} of ${item.content.scoreMaximum}`,
    entry.timestamp,
    `${entry.lastScore.activityProgress}, ${entry.lastScore.gradingProgress}`,
    entry.accepted,
    entry.attempts,
    entry.comments.join(' | '),
  ];
}
