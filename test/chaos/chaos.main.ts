import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { findProgram } from '../support/test-programs.js';
import { runChaos } from './chaos.js';

const USAGE = `npm run test:chaos [-- --minutes 5] [--courses 5000] [--workers 4] [--seed NUMBER] [--log]
The same seed gives the same faults. --log prints the log of the service, too.
`;

const { values: flags } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    courses: { type: 'string', default: '5000' },
    workers: { type: 'string', default: '4' },
    seed: { type: 'string', default: String(randomInt(1_000_000)) },
    log: { type: 'boolean', default: false },
  },
});
const [minutes, courses, workers, seed] = [flags.minutes, flags.courses, flags.workers, flags.seed].map(
  Number,
) as [number, number, number, number];
if (!(minutes > 0 && courses >= 1 && workers >= 2 && seed >= 0)) {
  process.stderr.write(USAGE);
  process.exit(2);
}
process.env.TEST_REDIS_SERVER ??= findProgram('Redis');
process.stdout.write(`Seed ${seed}: ${minutes} minutes, ${courses} courses, ${workers} workers.\n`);
const report = await runChaos({
  minutes,
  courses,
  workers,
  seed,
  log: (line) => void process.stderr.write(`${line}\n`),
});
if (flags.log) process.stderr.write(`${report.log.join('\n')}\n`);
for (const [name, count] of Object.entries(report.counts)) {
  process.stdout.write(`| ${name.padEnd(24)} | ${String(count).padStart(8)} |\n`);
}
for (const fault of report.faults) process.stdout.write(`WRONG: ${fault}\n`);
process.stdout.write(
  report.faults.length === 0 ? `Passed, with seed ${seed}.\n` : `Failed, with seed ${seed}.\n`,
);
process.exitCode = report.faults.length === 0 ? 0 : 1;
