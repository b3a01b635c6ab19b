import cliProgress from 'cli-progress';
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { type SimulatedPlatform } from '../testing/index.js';
import { DemoGuide } from './demo-guide.js';
import { interrupted } from './demo-interrupt.js';
import { type DemoServices } from './demo-services.js';
import { stepIds, stepTexts } from './demo-steps.js';
import { DemoStory } from './demo-story.js';

const POLL_MS = 500;

/** Shows the guide, and in the terminal the same in short, until Ctrl-C. */
export async function showGuide(
  services: DemoServices,
  lms: SimulatedPlatform,
  say: (text: string) => void,
): Promise<void> {
  const story = new DemoStory(services, lms);
  const guide = await DemoGuide.start(services, story);
  const bar = new cliProgress.SingleBar(
    {
      format: '[{bar}] {value}/{total} {next}',
      stream: process.stderr,
      noTTYOutput: false,
      clearOnComplete: true,
    },
    cliProgress.Presets.shades_classic,
  );
  const ended = new AbortController();
  try {
    say(introduction(guide, services));
    openBrowser(guide.url);
    await Promise.race([tell({ story, services, say, bar, ended: ended.signal }), interrupted]);
  } finally {
    ended.abort();
    // It has switched off that the terminal wraps lines.
    bar.stop();
    say('\nThe demo ends, and deletes its data.');
    await guide.stop();
  }
}

/** Says each step that is done. */
async function tell({
  story,
  services,
  say,
  bar,
  ended,
}: {
  story: DemoStory;
  services: DemoServices;
  say: (text: string) => void;
  bar: cliProgress.SingleBar;
  ended: AbortSignal;
}): Promise<void> {
  const said = new Set<string>();
  bar.start(stepIds.length, 0, { next: 'Waiting for your first click' });
  for (;;) {
    const { results, running } = await story.state();
    if (ended.aborted) return;
    const added = stepIds.filter((id) => results[id] !== undefined && !said.has(results[id]));
    if (added.length > 0) bar.stop();
    for (const id of added) {
      said.add(results[id] ?? '');
      say(`${stepTexts[id].title}: ${results[id]}`);
    }
    const done = stepIds.filter((id) => results[id] !== undefined).length;
    const next = running ?? stepIds[done];
    const text = next === undefined ? 'Look around, or end with Ctrl-C' : stepTexts[next].title;
    if (added.length > 0) {
      if (done === stepIds.length && added.length === 1 && said.size === done) say(more(services, story));
      bar.start(stepIds.length, done, { next: text });
    } else bar.update(done, { next: text });
    await delay(POLL_MS, undefined, { ref: true });
  }
}

function introduction({ url }: DemoGuide, { apiUrl, apiKey, lmsUrl, directory }: DemoServices): string {
  return [
    '',
    `  Open this page: ${url}`,
    '',
    '  It leads through the story in six clicks, with the LMS and the dashboard beside each other.',
    `  LMS           ${lmsUrl}`,
    `  Dashboard     ${apiUrl}/dashboard    (sign in with the API key)`,
    `  API pages     ${apiUrl}/docs`,
    `  API key       ${apiKey}`,
    `  Logs          ${directory}`,
    '',
    'Without a browser: npm run demo -- --exit. Ctrl-C ends the demo and deletes its data.',
    '',
  ].join('\n');
}

function more({ apiUrl, apiKey, lmsUrl }: DemoServices, { registrationId }: DemoStory): string {
  return [
    '',
    '  More to try. Break the LMS in other ways, and watch the dashboard:',
    `  ${lmsUrl}/_faults`,
    '  The same by REST, for example sync every course:',
    `  curl -X POST -H 'Authorization: Bearer ${apiKey}' ${apiUrl}/api/v1/registrations/${registrationId}/sync`,
    '',
  ].join('\n');
}

/** Only where a person can see it. A program that is missing is no failure: the address is printed. */
function openBrowser(url: string): void {
  const command = browserCommand(process.platform, process.env);
  if (command === undefined || !process.stdout.isTTY) return;
  const [program, ...args] = command;
  const opener = spawn(program, [...args, url], { stdio: 'ignore', detached: true });
  opener.once('error', () => undefined);
  opener.unref();
}

function browserCommand(
  platform: NodeJS.Platform,
  env: NodeJS.ProcessEnv,
): [string, ...string[]] | undefined {
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['explorer'];
  return (env.DISPLAY ?? env.WAYLAND_DISPLAY) === undefined ? undefined : ['xdg-open'];
}
