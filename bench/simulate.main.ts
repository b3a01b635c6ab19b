import { ASSUMED, TARGETS } from './scaling-model.js';
import { chart, format, tableOfCourses, tableOfProcesses } from './scaling-tables.js';

// npm run simulate: prints the tables of docs/scaling.md, from the model in scaling-model.ts.
process.stdout.write(
  [
    'Targets of the benchmark:',
    JSON.stringify(TARGETS),
    'Assumed:',
    JSON.stringify(ASSUMED),
    '\nBy courses, in the busiest hour:\n',
    format(tableOfCourses()),
    '\nBy processes:\n',
    format(tableOfProcesses()),
    '\nRows of the largest table, by courses (logarithmic):\n',
    chart(),
    '',
  ].join('\n'),
);
