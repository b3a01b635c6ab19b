import { LtiError } from '../../common/lti-error.js';
import { type SimulatedLineItem } from '../gradebook/simulated-line-item.js';
import { type Answer, type PlatformRequest } from '../http/http-exchange.js';
import { type SimulatedMember } from '../memberships/simulated-member.schema.js';
import { type PlainRoute } from '../platform/platform-server.js';
import { type PlatformState } from '../platform/platform-state.js';
import { type SimulatedCourse } from '../platform/simulated-course.js';
import { membershipRole } from '../service-constants.js';
import { escapeHtml, type Row, scrolling, table } from './html.js';
import { listPart } from './page-links.js';
import { platformPage, problemPage } from './platform-page.js';
import { coursePath, platformPaths } from './platform-paths.js';
import { userLabel } from './user-label.js';

const ROWS_ON_PAGE = 25;
const COLUMNS_ON_PAGE = 6;

/** The gradebook of a course: a row for each learner, a column for each line item. Or one line item with all that was posted. */
export class GradebookPage implements PlainRoute {
  readonly #platform: PlatformState;

  constructor(platform: PlatformState) {
    this.#platform = platform;
  }

  matches(path: string): boolean {
    return path === platformPaths.gradebook;
  }

  answer({ url: { searchParams } }: PlatformRequest): Answer {
    try {
      const course = this.#platform.course(searchParams.get('context_id') ?? '');
      const lineItem = searchParams.get('line_item');
      return lineItem === null
        ? gridPage(course, searchParams)
        : lineItemPage(course, course.gradebook.lineItem(lineItem), searchParams.get('page'));
    } catch (error) {
      if (error instanceof LtiError) return problemPage(error.status, 'No gradebook', error.message);
      throw error;
    }
  }
}

function gridPage(course: SimulatedCourse, parameters: URLSearchParams): Answer {
  const { contextId, title, gradebook } = course;
  const rowPage = parameters.get('page');
  const columnPage = parameters.get('columns');
  const at = (page: string | null, columns: string | null): string =>
    coursePath('gradebook', contextId, { ...(page && { page }), ...(columns && { columns }) });
  const rows = listPart(peopleWithGrades(course), {
    size: ROWS_ON_PAGE,
    page: rowPage,
    addressOf: (to) => at(String(to), columnPage),
  });
  const columns = listPart(gradebook.lineItems, {
    size: COLUMNS_ON_PAGE,
    page: columnPage,
    addressOf: (to) => at(rowPage, String(to)),
  });
  const heading = `Gradebook of ${title}`;
  return platformPage({
    title: heading,
    body: `<h1>${escapeHtml(heading)}</h1>
<p><a href="${escapeHtml(coursePath('course', contextId))}">Back to the course</a></p>
${gradebook.lineItems.length === 0 ? '<p>It has no line item yet. A tool adds one with graded content, or by the line item service.</p>' : ''}
${columns.links === '' ? '' : `<div aria-label="Line items" role="group">Line items ${columns.links}</div>`}
${scrolling('Grades', gridTable(course, rows.entries, columns.entries), 'grid')}
${rows.links}`,
  });
}

/** The learners, and those who have a grade without being one. */
function peopleWithGrades({ members, gradebook }: SimulatedCourse): SimulatedMember[] {
  const learners = members.filter(({ roles }) => roles.includes(`${membershipRole}#Learner`));
  const listed = new Set(learners.map(({ userId }) => userId));
  const others = gradebook.lineItems.flatMap(({ entries }) => entries.map(({ userId }) => userId));
  const unlisted = [...new Set(others)].filter((userId) => !listed.has(userId));
  const names = new Map(members.map((member) => [member.userId, member]));
  return [...learners, ...unlisted.map((userId) => names.get(userId) ?? { userId, roles: [] })];
}

function gridTable(
  { contextId }: SimulatedCourse,
  people: readonly SimulatedMember[],
  lineItems: readonly SimulatedLineItem[],
): string {
  const headings = lineItems.map(({ id, content: { label, scoreMaximum } }) => {
    const address = escapeHtml(coursePath('gradebook', contextId, { line_item: id }));
    return `<th scope="col"><a href="${address}">${escapeHtml(label)}</a> <span class="fine">of ${scoreMaximum}</span></th>`;
  });
  const rows = people.map((member) => {
    const cells = lineItems.map((item) => `<td>${gradeOf(item, member.userId)}</td>`);
    return `<tr><th scope="row">${escapeHtml(member.name ?? member.userId)}</th>${cells.join('')}</tr>`;
  });
  return `<table>
<thead><tr><th scope="col">Learner</th>${headings.join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>`;
}

function gradeOf(item: SimulatedLineItem, userId: string): string {
  const grade = item.resultScore(userId);
  return grade === undefined ? '<span class="fine">none</span>' : String(rounded(grade));
}

function rounded(grade: number): number {
  return Math.round(grade * 100) / 100;
}

const headings = ['User', 'Result', 'Last timestamp', 'Progress', 'Posts', 'Attempts', 'Comment'];

function lineItemPage(course: SimulatedCourse, item: SimulatedLineItem, page: string | null): Answer {
  const { contextId, members } = course;
  const { id, content, coupled, locked, entries } = item;
  const names = new Map(members.map(({ userId, name }) => [userId, name]));
  const part = listPart(entries, {
    size: ROWS_ON_PAGE,
    page,
    addressOf: (to) => coursePath('gradebook', contextId, { line_item: id, page: String(to) }),
  });
  const rows = part.entries.map((entry): Row => {
    const grade = item.resultScore(entry.userId);
    return [
      userLabel({ userId: entry.userId, name: names.get(entry.userId) }),
      grade === undefined ? 'none' : `${grade} of ${content.scoreMaximum}`,
      entry.timestamp,
      `${entry.lastScore.activityProgress}, ${entry.lastScore.gradingProgress}`,
      entry.accepted,
      entry.attempts,
      entry.comments.join(' | '),
    ];
  });
  const marks = [...(coupled ? ['coupled'] : []), ...(locked ? ['locked'] : [])];
  const name = `${id}: ${content.label}${marks.length === 0 ? '' : ` (${marks.join(', ')})`}`;
  return platformPage({
    title: name,
    body: `<h1>${escapeHtml(name)}</h1>
<p><a href="${escapeHtml(coursePath('gradebook', contextId))}">Back to the gradebook</a></p>
${scrolling('Results', table('Results', headings, rows))}
${part.links}`,
  });
}
