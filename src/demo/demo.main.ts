import Table from 'cli-table3';
import { once } from 'node:events';
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type DemoServices, startServices } from './demo-services.js';
import { type DemoResult, syncEverything } from './demo-sync.js';

/** `npm run demo`: a simulated LMS, the service, and a sync of all its courses. */
const { values: flags } = parseArgs({ options: { exit: { type: 'boolean' }, json: { type: 'boolean' } } });

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);

say('Starting a simulated LMS and nest-lti with a PostgreSQL of its own ...');
const services = await startServices();
try {
  const result = await Promise.race([syncEverything(services), interrupted]);
  if (!Array.isArray(result)) {
    say(tableOf(result));
    if (flags.exit !== true) {
      say(addresses(services, result));
      await interrupted;
    }
    if (flags.json === true) process.stdout.write(`${JSON.stringify(figures(result))}\n`);
  }
} catch (error) {
  const log = join(tmpdir(), 'nest-lti-demo-service.log');
  await copyFile(join(services.directory, 'service.log'), log);
  say(
    `The demo failed: ${error instanceof Error ? error.message : String(error)}\nThe service's log: ${log}`,
  );
  process.exitCode = 1;
} finally {
  await services.stop();
}

function tableOf({ courses, tokenRequests, seconds }: DemoResult): string {
  const table = new Table({
    head: ['Course', 'Members', 'Pages', 'Sync run'],
    colAligns: ['left', 'right', 'right', 'left'],
    style: { head: [], border: [] },
  });
  for (const { title, members, run } of courses) table.push([title, members, run.counts.pages, run.status]);
  return `${table.toString()}\n${courses.length} courses in ${seconds} s with ${tokenRequests} token request(s), as the LMS counted.`;
}

function addresses(
  { apiUrl, apiKey, lmsUrl, directory }: DemoServices,
  { registrationId }: DemoResult,
): string {
  return [
    '',
    `  LMS           ${lmsUrl}`,
    `  API pages     ${apiUrl}/docs    (OpenAPI: ${apiUrl}/openapi.json)`,
    `  Key set       ${apiUrl}/lti/jwks.json`,
    `  API key       ${apiKey}`,
    `  Logs          ${directory}`,
    '',
    '  Sync again:',
    `  curl -X POST -H 'Authorization: Bearer ${apiKey}' ${apiUrl}/api/registrations/${registrationId}/sync`,
    '',
    'Ctrl-C ends the demo; its data goes with it.',
  ].join('\n');
}

/** For scripts: the last line of the output. */
function figures({ courses, tokenRequests, seconds }: DemoResult) {
  const members = courses.reduce((total, course) => total + course.members, 0);
  return { courses: courses.length, members, tokenRequests, syncRuns: courses.length, seconds };
}
