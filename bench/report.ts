import Table from 'cli-table3';
import { type Bar, isMet, type Row } from './row.js';

/** All rows with their figures. */
export function tableOf(rows: readonly Row[]): string {
  const table = new Table({
    head: ['Case', 'Row', 'Ours', 'Floor', 'Unit', 'Ratio', 'Spread', 'Bar', 'Met', 'Peers'],
    colAligns: ['left', 'left', 'right', 'right', 'left', 'right', 'right', 'right', 'left', 'left'],
    style: { head: [], border: [] },
  });
  for (const row of rows) {
    const figures = [row.value, row.floor ?? '', row.unit, row.ratio ?? '', spreadOf(row)];
    table.push([row.case, row.name, ...figures, barOf(row.bar), metOf(row), peersOf(row)]);
  }
  return table.toString();
}

/** What, bar, measured, met: one line for each row that has a bar. */
export function barsOf(rows: readonly Row[]): string {
  const table = new Table({
    head: ['What', 'Bar', 'Measured', 'Spread', 'Met'],
    colAligns: ['left', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [] },
  });
  for (const row of rows.filter(({ bar }) => bar !== null)) {
    const measured =
      row.ratio === null ? `${row.value} ${row.unit}` : `${row.ratio} x (${row.value} ${row.unit})`;
    table.push([`${row.case}: ${row.name}`, barOf(row.bar), measured, spreadOf(row), metOf(row)]);
  }
  return table.toString();
}

/** The rows with peers, as a table of Markdown. */
export function peersTableOf(rows: readonly Row[], machine: string): string {
  const compared = rows.filter(({ peers }) => Object.keys(peers).length > 0);
  const names = [...new Set(compared.flatMap(({ peers }) => Object.keys(peers)))];
  const lines = compared.map((row) => {
    const figures = names.map((name) => String(row.peers[name] ?? '-'));
    return [
      `${row.name} (${row.unit})`,
      ...figures,
      String(row.value),
      String(row.ratio ?? ''),
      spreadOf(row),
    ];
  });
  const head = ['What', ...names, 'nest-lti', 'to undici', 'spread'];
  const table = [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  return `Medians of five interleaved rounds on ${machine}.\n\n${table}`;
}

function barOf(bar: Bar | null): string {
  if (bar === null) return '';
  return 'atMost' in bar ? `<= ${bar.atMost}` : `>= ${bar.atLeast}`;
}

function metOf(row: Row): string {
  const met = isMet(row);
  if (met === undefined) return '';
  return met ? 'yes' : 'NO';
}

function spreadOf({ spread }: Row): string {
  return spread === null ? '' : `${spread[0]} to ${spread[1]}`;
}

function peersOf({ peers }: Row): string {
  return Object.entries(peers)
    .map(([name, figure]) => `${name} ${figure}`)
    .join(', ');
}
