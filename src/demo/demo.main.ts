import Table from 'cli-table3';
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { showGuide } from './demo-guided.js';
import { interrupted } from './demo-interrupt.js';
import { startDemoLms } from './demo-lms.js';
import { type DemoOptions, demoOptions, type DemoStore, help, isGuided, usage } from './demo-options.js';
import { DemoReceiver, type EventsResult } from './demo-events.js';
import { type DemoServices, startServices } from './demo-services.js';
import { pickContent, rotateKeys } from './demo-picks.js';
import { joinLms, type JoinedLms } from './demo-registration.js';
import { postScores, type ScoresResult } from './demo-scores.js';
import { type SyncResult, syncEverything } from './demo-sync.js';

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

const options = optionsOrUsage();
if (options.help) {
  process.stdout.write(`${help}\n`);
  process.exit(0);
}
const results: DemoResult[] = [];
const isTerminal = process.stdout.isTTY && (process.env.CI ?? '') === '';
if (isGuided(options, isTerminal)) {
  await guide(options.stores[0] ?? 'memory');
  process.exit();
}
for (const store of options.stores) {
  const result = await runOn(store);
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
async function runOn(store: DemoStore): Promise<DemoResult | undefined> {
  const { processes, family } = options;
  sayStart(store);
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
    return labelled;
  } catch (error) {
    await sayFailure(services, error);
    return undefined;
  } finally {
    await receiver?.stop();
    await services.stop();
  }
}

/** Until Ctrl-C. */
async function guide(store: DemoStore): Promise<void> {
  sayStart(store);
  const lms = await startDemoLms(options.family);
  const services = await startServices(options.processes, store, options.family, () => Promise.resolve(lms));
  try {
    await showGuide(services, lms, say);
  } catch (error) {
    await sayFailure(services, error);
  } finally {
    await services.stop();
  }
}

function sayStart(store: DemoStore): void {
  const { processes, family } = options;
  const what = processes === 1 ? 'nest-lti' : `${processes} processes of nest-lti`;
  say(`Starting a simulated LMS (${family}) and ${what} with its own PostgreSQL, token store: ${store} ...`);
}

async function sayFailure({ directory }: DemoServices, error: unknown): Promise<void> {
  const log = join(tmpdir(), 'nest-lti-demo-service.log');
  await copyFile(join(directory, 'service.log'), log);
  say(
    `The demo failed: ${error instanceof Error ? error.message : String(error)}\nThe service's log: ${log}`,
  );
  process.exitCode = 1;
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
