// Compares the benchmarks of two checkouts in interleaved rounds (A B A B ...), so that the load of the machine falls on
// both alike. Prints the median and the spread of each row.
//
//   node scripts/compare-bench.mjs DIR_A DIR_B --rounds 5 [--only CASE]... [--no-build]
//
// Both checkouts need their node_modules. Exits with 1 if a row of B is worse than that of A by more than 10 %, and with 2 if
// a bench fails.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** A row of B may be this much worse than the row of A. */
const TOLERANCE = 0.1;

const { values: flags, positionals } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', multiple: true, default: [] },
    'no-build': { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const rounds = Number(flags.rounds);
if (positionals.length !== 2 || !Number.isInteger(rounds) || rounds < 1) {
  console.error('node scripts/compare-bench.mjs DIR_A DIR_B --rounds 5 [--only CASE]... [--no-build]');
  process.exit(2);
}
const checkouts = positionals.map((directory, index) => ({
  label: 'AB'[index],
  directory: resolve(directory),
}));

if (!flags['no-build']) {
  for (const { directory } of checkouts) {
    execFileSync('npm', ['run', '-s', 'prebench'], { cwd: directory, stdio: 'inherit' });
  }
}

/** By case and name: the rows of A and of B, one for each round. */
const measured = new Map();
for (let round = 1; round <= rounds; round += 1) {
  for (const { label, directory } of checkouts) {
    console.error(`round ${round} of ${rounds}: ${label} (${directory})`);
    for (const row of rowsOf(directory)) {
      const key = `${row.case}: ${row.name}`;
      if (!measured.has(key)) measured.set(key, { A: [], B: [] });
      measured.get(key)[label].push(row);
    }
  }
}

let worse = 0;
const table = [['row', 'unit', 'A', 'B', 'change', 'ratio A', 'ratio B', 'change', '']];
for (const [key, { A, B }] of measured) {
  const sample = A[0] ?? B[0];
  if (A.length === 0 || B.length === 0) {
    table.push([
      key,
      sample.unit,
      ...(A.length === 0 ? ['-', ''] : ['', '-']),
      '',
      '',
      '',
      '',
      'only one has it',
    ]);
    continue;
  }
  const value = compare(A, B, 'value');
  // The ratio to the floor is compared, where there is one: the speed of the machine is in both of its figures.
  const ratio = compare(A, B, sample.ratio === null ? 'value' : 'ratio');
  // A row without a bar only informs.
  const loss = sample.bar === null ? 0 : 'atMost' in sample.bar ? ratio.change : -ratio.change;
  const isWorse = loss > TOLERANCE;
  if (isWorse) worse += 1;
  table.push([
    key,
    sample.unit,
    value.a,
    value.b,
    percent(value.change),
    ratio.a,
    ratio.b,
    percent(ratio.change),
    isWorse ? 'WORSE' : '',
  ]);
}
print(table);
console.log(
  `\nMedians of ${rounds} interleaved rounds, with the least and the greatest value. Worse by more than 10 %: ${worse}.`,
);
process.exitCode = worse > 0 ? 1 : 0;

function rowsOf(directory) {
  const { scripts } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const [, ...words] = scripts.bench.split(' ');
  const { status, stdout } = spawnSync(process.execPath, [...words, ...flags.only, '--json'], {
    cwd: directory,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) {
    console.error(`The bench of ${directory} ended with exit code ${status}. Rows until then:\n${stdout}`);
    process.exit(2);
  }
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}

function compare(rowsOfA, rowsOfB, field) {
  const a = summary(rowsOfA.map((row) => row[field]));
  const b = summary(rowsOfB.map((row) => row[field]));
  return { a: a.text, b: b.text, change: b.median / a.median - 1 };
}

function summary(figures) {
  const sorted = figures.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, text: `${short(median)} (${short(sorted[0])} to ${short(sorted.at(-1))})` };
}

function short(figure) {
  return String(Number(figure.toPrecision(3)));
}

function percent(change) {
  return Number.isFinite(change) ? `${change >= 0 ? '+' : ''}${(change * 100).toFixed(1)} %` : '-';
}

function print(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => String(cell).padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    );
}
