import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { findProgram } from '../test/support/test-programs.js';
import { runCase } from './case-process.js';
import { cases } from './cases.js';
import { machine } from './machine.js';
import { barsOf, peersTableOf, tableOf } from './report.js';
import { isMet, type Row } from './row.js';

const USAGE = `npm run bench [-- CASE...] [--json]   measures these cases, or all of them
npm run bench -- bars [--json]        all cases but the soak, with the verdict on each bar; exits with 1 if one is missed
npm run bench -- soak --minutes 10    the service under load and faults; exits with 1 if a bar is missed
npm run bench -- peers --readme       writes the comparison into README.md
Cases: ${Object.entries(cases)
  .map(([name, { minutes }]) => `${name} (${minutes} min)`)
  .join(', ')}.
`;

const { values: flags, positionals } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    readme: { type: 'boolean', default: false },
    minutes: { type: 'string' },
  },
  allowPositionals: true,
});
const wantsBars = positionals.includes('bars');
const named = positionals.filter((name) => name !== 'bars');
const unknown = named.filter((name) => !Object.hasOwn(cases, name));
if (unknown.length > 0) {
  process.stderr.write(`Unknown: ${unknown.join(', ')}.\n${USAGE}`);
  process.exit(2);
}
if (flags.minutes !== undefined && !(Number(flags.minutes) > 0)) {
  process.stderr.write(`--minutes must be a number above 0.\n${USAGE}`);
  process.exit(2);
}
const chosen = Object.entries(cases).filter(([name, { onlyByName = false }]) =>
  named.length > 0 ? named.includes(name) : !onlyByName,
);
const hasBars = wantsBars || chosen.some(([, { onlyByName = false }]) => onlyByName);
// The processes of a herd use Redis if this variable is set.
process.env.TEST_REDIS_URL ??= findProgram('Redis');

const rows: Row[] = [];
const failures: string[] = [];
for (const [name, { minutes }] of chosen) {
  const startMs = performance.now();
  try {
    for await (const row of runCase(name, { minutes: Number(flags.minutes ?? minutes) })) {
      rows.push(row);
      if (flags.json) process.stdout.write(`${JSON.stringify(row)}\n`);
    }
  } catch (error) {
    failures.push(String(error));
  }
  process.stderr.write(`${name}: ${Math.round((performance.now() - startMs) / 1000)} s\n`);
}
if (!flags.json) {
  process.stdout.write(`${tableOf(rows)}\n${machine()}\n`);
  if (hasBars) process.stdout.write(`${barsOf(rows)}\n`);
}
if (flags.readme && failures.length === 0) {
  const marked = /(<!-- bench -->\n)[^]*(<!-- bench end -->)/;
  const table = `\n${peersTableOf(rows, machine())}\n\n`;
  const readme = readFileSync('README.md', 'utf8');
  writeFileSync(
    'README.md',
    readme.replace(marked, (_, begin: string, end: string) => begin + table + end),
  );
}
for (const failure of failures) process.stderr.write(`${failure}\n`);
const missed = rows.filter((row) => isMet(row) === false);
if (hasBars) process.stderr.write(`${missed.length} bars are missed, ${failures.length} cases failed.\n`);
process.exitCode = failures.length > 0 || (hasBars && missed.length > 0) ? 1 : 0;
