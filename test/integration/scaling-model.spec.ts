import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ASSUMED, scaleOf, syncsPerSecondOfCourse } from '../../bench/scaling-model.js';
import { chart, round, tableOfCourses, tableOfProcesses } from '../../bench/scaling-tables.js';

const page = readFileSync(join(__dirname, '../../docs/scaling.md'), 'utf8');

/** The cells of the first table below a heading, without the line below its head. */
function tableBelow(heading: string): string[][] {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const [first = ''] = /(?:^\|.*\n)+/m.exec(section) ?? [];
  return first
    .trim()
    .split('\n')
    .filter((line) => !/^\|[ |-]+\|$/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

describe('the model of growth', () => {
  it('has the tables and the chart of docs/scaling.md', () => {
    expect(tableBelow('By courses')).toEqual(tableOfCourses());
    expect(tableBelow('By processes')).toEqual(tableOfProcesses());
    expect(page).toContain(`\`\`\`text\n${chart()}\n\`\`\``);
  });

  it('syncs the courses as often as docs/syncs.md says, and archived ones never', () => {
    const perDay = [96, 6, 1, 1 / 7, 0];
    const expected = ASSUMED.lastUse.reduce((sum, { share }, at) => sum + share * perDay[at]!, 0) / 86_400;
    expect(syncsPerSecondOfCourse()).toBeCloseTo(expected, 12);
  });

  it('gives all courses a last use', () => {
    expect(ASSUMED.lastUse.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
  });

  it('carries at most so many courses that the processes suffice', () => {
    for (const processes of [1, 7, 100]) {
      const { coursesAtMost } = scaleOf(1000, processes);
      expect(scaleOf(coursesAtMost, processes).bends).not.toContain('processes');
      expect(scaleOf(coursesAtMost * 1.01, processes).bends).toContain('processes');
    }
  });

  it('names each limit that is passed', () => {
    expect(scaleOf(1000, 1).bends).toEqual([]);
    expect(scaleOf(1000, 26).bends).toEqual(['connections']);
    expect(scaleOf(1000, 25).bends).toEqual([]);
    expect(scaleOf(1_000_000, 3).bends).toEqual(['table size']);
  });

  it('shows three digits that count', () => {
    expect([0.000881, 12, 1234, 123_456, 1_234_567].map(round)).toEqual([
      '0.000881',
      '12',
      '1,230',
      '123,000',
      '1.23 M',
    ]);
  });
});
