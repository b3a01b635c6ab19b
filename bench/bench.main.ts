import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import Table from 'cli-table3';
import { parseArgs } from 'node:util';
import { findProgram } from '../test/support/test-programs.js';
import { type Row } from './row.js';
import { launchBench } from './launch.bench.js';
import { scoresBench } from './scores.bench.js';
import { tokensBench } from './tokens.bench.js';

/** `npm run bench [-- CASE...] [--json]`: our costs beside their floors. */
const cases: Readonly<Record<string, () => AsyncGenerator<Row>>> = {
  tokens: tokensBench,
  scores: scoresBench,
  launch: launchBench,
};

const { values: flags, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const names = positionals.length === 0 ? Object.keys(cases) : positionals;
const unknown = names.filter((name) => !Object.hasOwn(cases, name));
if (unknown.length > 0) {
  process.stderr.write(`Unknown: ${unknown.join(', ')}. There are: ${Object.keys(cases).join(', ')}.\n`);
  process.exit(2);
}
// The processes of a herd use Redis if this variable is set.
process.env.TEST_REDIS_URL ??= findProgram('Redis');

Logger.overrideLogger(false);
const rows: Row[] = [];
for (const name of names) {
  for await (const row of cases[name]?.() ?? []) {
    rows.push(row);
    if (flags.json) process.stdout.write(`${JSON.stringify(row)}\n`);
  }
}
if (!flags.json) process.stdout.write(`${tableOf(rows)}\n`);

function tableOf(all: readonly Row[]): string {
  const table = new Table({
    head: ['Case', 'Row', 'Ours', 'Floor', 'Unit', 'Ratio', 'Bar'],
    colAligns: ['left', 'left', 'right', 'right', 'left', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const row of all) {
    table.push([row.case, row.name, row.value, row.floor, row.unit, row.ratio, barOf(row)]);
  }
  return table.toString();
}

function barOf({ bar }: Row): string {
  return 'atMost' in bar ? `<= ${bar.atMost}` : `>= ${bar.atLeast}`;
}
