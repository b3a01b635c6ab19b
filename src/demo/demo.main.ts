import Table from 'cli-table3';
import { once } from 'node:events';
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DemoOptions, demoOptions, type DemoStore, help, usage } from './demo-options.js';
import { DemoReceiver, type EventsResult } from './demo-events.js';
import { type DemoServices, startServices } from './demo-services.js';
import { pickContent, rotateKeys } from './demo-picks.js';
import { joinLms, type JoinedLms } from './demo-registration.js';
import { postScores, type ScoresResult } from './demo-scores.js';
import { DEMO_CLIENT_ID, type SyncResult, syncEverything } from './demo-sync.js';

/** One run of the demo. */
type DemoResult = SyncResult & {
  scores: ScoresResult;
  events: EventsResult;
  dynamicRegistrations: number;
  deepLinkedItems: number;
  keysRotated: number;
  store: DemoStore;
  processes: number;
};

/** `npm run demo`: a simulated LMS, the service, a sync of all its courses, and scores for them. */
const say = (text: string): void => void process.stderr.write(`${text}\n`);
const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);

const options = optionsOrUsage();
if (options.help) {
  process.stdout.write(`${help}\n`);
  process.exit(0);
}
const results: DemoResult[] = [];
for (const [index, store] of options.stores.entries()) {
  const stays = !options.exit && index === options.stores.length - 1;
  const result = await runOn(store, stays);
  if (result === undefined) break;
  results.push(result);
}
if (results.length > 1) say(comparisonOf(results));
if (options.json && results.length > 0) process.stdout.write(`${JSON.stringify(figuresOf(results))}\n`);

function optionsOrUsage(): DemoOptions {
  try {
    return demoOptions(process.argv.slice(2));
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return process.exit(2);
  }
}

/** Undefined when it failed or was interrupted. */
async function runOn(store: DemoStore, stays: boolean): Promise<DemoResult | undefined> {
  const { processes, family } = options;
  const what = processes === 1 ? 'nest-lti' : `${processes} processes of nest-lti`;
  say(`Starting a simulated LMS (${family}) and ${what} with its own PostgreSQL, token store: ${store} ...`);
  const services = await startServices(processes, store, family);
  let receiver: DemoReceiver | undefined;
  try {
    receiver = await DemoReceiver.start(services);
    const synced = await Promise.race([syncEverything(services), interrupted]);
    if (Array.isArray(synced)) return undefined;
    say(tableOf({ ...synced, store, processes }));
    const events = await receiver.untilSynced(synced.courses.length);
    say(eventsOf(events));
    const joined = await joinLms(services);
    say(joinedOf(joined));
    const deepLinkedItems = await pickContent(services, synced);
    const keysRotated = await rotateKeys(services);
    say(
      `A teacher picked ${deepLinkedItems} quizzes of the tool in the LMS. ${keysRotated} new key of the tool is published and signs later.`,
    );
    const scores = await Promise.race([postScores(services, synced), interrupted]);
    if (Array.isArray(scores)) return undefined;
    say(scoresOf(scores));
    const dynamicRegistrations = joined === undefined ? 0 : 1;
    const counted = { dynamicRegistrations, deepLinkedItems, keysRotated };
    const labelled = { ...synced, scores, events, ...counted, store, processes };
    if (stays) {
      say(addresses(services, labelled));
      await interrupted;
    }
    return labelled;
  } catch (error) {
    const log = join(tmpdir(), 'nest-lti-demo-service.log');
    await copyFile(join(services.directory, 'service.log'), log);
    say(
      `The demo failed: ${error instanceof Error ? error.message : String(error)}\nThe service's log: ${log}`,
    );
    process.exitCode = 1;
    return undefined;
  } finally {
    await receiver?.stop();
    await services.stop();
  }
}

function tableOf({
  courses,
  tokenRequests,
  seconds,
  store,
  processes,
}: Omit<
  DemoResult,
  'scores' | 'events' | 'dynamicRegistrations' | 'deepLinkedItems' | 'keysRotated'
>): string {
  const table = new Table({
    head: ['Course', 'Members', 'Pages', 'Sync run'],
    colAligns: ['left', 'right', 'right', 'left'],
    style: { head: [], border: [] },
  });
  for (const { title, members, run } of courses) table.push([title, members, run.counts.pages, run.status]);
  return (
    `${table.toString()}\n${courses.length} courses, each created by a launch, in ${seconds} s by ${processes} process(es), tokens in ${store}: ` +
    `${tokenRequests} token request(s), as the LMS counted.`
  );
}

function joinedOf(joined: JoinedLms | undefined): string {
  if (joined === undefined) return 'This LMS has no dynamic registration, so it was registered by hand only.';
  return (
    `An administrator registered the tool in the LMS by an invitation, with one click (client id ${joined.clientId}). By that ` +
    `registration a course of ${joined.members} members was launched and synced, and ${joined.scoresAccepted} score was posted.`
  );
}

function eventsOf({ received, last }: EventsResult): string {
  return `A webhook received ${received} signed events of these syncs. The last end of a sync: ${last}`;
}

function scoresOf({ enqueued, posted, rejected, superseded, ...counted }: ScoresResult): string {
  return (
    `${enqueued} scores in ${counted.seconds} s: ${posted} posted, ${rejected} rejected, ${superseded} superseded by a ` +
    `correction. The LMS accepted ${counted.accepted} scores and got ${counted.tokenRequests} token request(s): one token expired during the run.`
  );
}

function comparisonOf(all: readonly DemoResult[]): string {
  const table = new Table({
    head: ['Tokens in', 'Processes', 'Courses', 'Token requests'],
    colAligns: ['left', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const { store, processes, courses, tokenRequests } of all) {
    table.push([store, processes, courses.length, tokenRequests]);
  }
  return table.toString();
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
    `  curl -X POST -H 'Authorization: Bearer ${apiKey}' ${apiUrl}/api/v1/registrations/${registrationId}/sync`,
    '',
    '  Register the tool once more with an invitation: paste the registrationUrl of the answer into the LMS:',
    `  curl -H 'Authorization: Bearer ${apiKey}' -H 'Content-Type: application/json' \\`,
    `    -d '{"name":"Demo"}' ${apiUrl}/api/v1/registration-invitations`,
    `  ${lmsUrl}/_register`,
    '',
    '  Launch as any user, in a frame or a window, with or without cookies, or with an attack. The message type',
    '  LtiDeepLinkingRequest opens the picker of the demo tool:',
    `  ${lmsUrl}/_launch?client_id=${DEMO_CLIENT_ID}`,
    '',
    '  Let the tool act as a user: copy the session from the page of the launch, then open the authorizeUrl of the answer. The',
    `  user can see and delete the permission on ${lmsUrl}/profile/settings:`,
    `  curl -H 'Authorization: Bearer ${apiKey}' -H 'Content-Type: application/json' \\`,
    `    -d '{"launchSessionId":"..."}' ${apiUrl}/api/v1/user-grants/resolve`,
    '',
    '  The events that the webhook of the demo gets: sync again, and read its deliveries by its id:',
    `  curl -H 'Authorization: Bearer ${apiKey}' ${apiUrl}/api/v1/webhooks`,
    `  curl -H 'Authorization: Bearer ${apiKey}' ${apiUrl}/api/v1/webhooks/$WEBHOOK/deliveries`,
    '',
    '  The outcome of the scores (the gradebooks are on the pages of the LMS):',
    `  curl -H 'Authorization: Bearer ${apiKey}' ${apiUrl}/api/v1/scores?status=posted`,
    '',
    'Ctrl-C ends the demo and deletes its data.',
  ].join('\n');
}

/** For scripts: the last line of the output. One run is an object, several are under `stores`. */
function figuresOf(all: readonly DemoResult[]) {
  const each = all.map(
    ({ courses, tokenRequests, seconds, scores, events, store, processes, ...counted }) => ({
      courses: courses.length,
      members: courses.reduce((total, course) => total + course.members, 0),
      tokenRequests,
      launches: courses.length,
      dynamicRegistrations: counted.dynamicRegistrations,
      deepLinkedItems: counted.deepLinkedItems,
      keysRotated: counted.keysRotated,
      syncRuns: courses.length,
      eventsReceived: events.received,
      scoresPosted: scores.posted,
      scoresRejected: scores.rejected,
      scoresSuperseded: scores.superseded,
      scoreTokenRequests: scores.tokenRequests,
      processes,
      store,
      seconds,
    }),
  );
  return each.length === 1 ? each[0] : { stores: each };
}
