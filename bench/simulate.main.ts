import { ASSUMED, MEASURED } from './scaling-model.js';
import { chart, format, tableOfCourses, tableOfProcesses } from './scaling-tables.js';

// npm run simulate: prints the tables of docs/scaling.md, from the model in scaling-model.ts.
process.stdout.write(
  [
    'Measured by the benchmark:',
    JSON.stringify(MEASURED),
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
