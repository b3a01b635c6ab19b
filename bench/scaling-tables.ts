import { scaleOf } from './scaling-model.js';

/** Cells, with the heads of the columns first. */
export type Table = string[][];

const COURSES = [1000, 10_000, 20_000, 100_000, 300_000, 1_000_000];
const PROCESSES = [1, 2, 5, 10, 20, 50, 100];
const CHART_WIDTH = 50;

/** Each number of courses on as many processes as it needs. */
export function tableOfCourses(): Table {
  return [
    [
      ...['courses', 'processes', 'syncs/s', 'launches/s', 'requests/s', 'commits/s', 'Node cores'],
      ...['PostgreSQL cores', 'members', 'runs', 'scores', 'GiB', 'EUR/month', 'bends'],
    ],
    ...COURSES.map((courses) => {
      const { processesNeeded } = scaleOf(courses, 1);
      const scale = scaleOf(courses, processesNeeded);
      return [
        round(courses),
        round(processesNeeded),
        ...[scale.syncsPerSecond, scale.launchesPerSecond, scale.requestsPerSecond].map(round),
        ...[scale.commitsPerSecond, scale.nodeCores, scale.postgresCores].map(round),
        ...[scale.rows.membership, scale.rows.syncRun, scale.rows.score].map(round),
        ...[scale.gibibytes, scale.eurosPerMonth].map(round),
        scale.bends.join(', ') || '-',
      ];
    }),
  ];
}

/** Each number of processes with as many courses as it carries. */
export function tableOfProcesses(): Table {
  return [
    [
      ...['processes', 'courses at most', 'connections', 'requests/s', 'commits/s', 'PostgreSQL cores'],
      ...['EUR/month', 'bends'],
    ],
    ...PROCESSES.map((processes) => {
      const { coursesAtMost } = scaleOf(1, processes);
      const scale = scaleOf(coursesAtMost, processes);
      return [
        ...[processes, coursesAtMost, scale.connections, scale.requestsPerSecond].map(round),
        ...[scale.commitsPerSecond, scale.postgresCores, scale.eurosPerMonth].map(round),
        scale.bends.join(', ') || '-',
      ];
    }),
  ];
}

/** The largest table, in rows, on a logarithmic axis: it bends first. */
export function chart(): string {
  const largest = COURSES.map((courses) => Math.max(...Object.values(scaleOf(courses, 1).rows)));
  const [from, to] = [Math.log10(largest[0]!), Math.log10(largest.at(-1)!)];
  return COURSES.map((courses, at) => {
    const rows = largest[at]!;
    const length = 1 + Math.round(((Math.log10(rows) - from) / (to - from)) * (CHART_WIDTH - 1));
    return `${round(courses).padStart(9)} | ${'#'.repeat(length).padEnd(CHART_WIDTH)} ${round(rows)} rows`;
  }).join('\n');
}

/** Three digits that count, with the suffix M from a million on. */
export function round(value: number): string {
  if (value >= 1_000_000) return `${Number((value / 1_000_000).toPrecision(3)).toLocaleString('en-US')} M`;
  return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumSignificantDigits: 3 });
}

/** Columns of equal width. */
export function format(table: Table): string {
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return table.map((row) => row.map((cell, column) => cell.padStart(widths[column]!)).join('  ')).join('\n');
}
