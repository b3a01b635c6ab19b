import { parseArgs } from 'node:util';
import { type FamilyName, familyNames } from '../testing/families/family.js';

export const demoStores = ['none', 'memory', 'postgres', 'redis'] as const;
export type DemoStore = (typeof demoStores)[number];

export interface DemoOptions {
  /** The number of processes of the service. */
  processes: number;
  /** The token stores; the demo runs once for each. */
  stores: DemoStore[];
  /** The platform family that the LMS simulates. */
  family: FamilyName;
  /** Shows the guide although this is no terminal. */
  guide: boolean;
  /** Tells the story by itself and ends, also in a terminal. */
  exit: boolean;
  /** Prints the figures as the last line. */
  json: boolean;
  /** Prints the options and does nothing else. */
  help: boolean;
}

export const usage = `npm run demo -- [--processes 1..8] [--store ${demoStores.join('|')}]... [--family NAME] [--guide] [--exit] [--json]`;

export const help = `${usage}

Starts a simulated LMS and the service with its own PostgreSQL. In a terminal it prints the address of a page that leads through the
story in a few clicks, and opens it if there is a display. Without a terminal, in CI, or with --exit, it tells the story by itself: it
syncs five courses, posts 1,000 scores, and ends.

  --processes N   The number of processes of the service, 1 to 8. Default: 1.
  --store STORE   The token store: ${demoStores.join(', ')}. If you give several, the demo runs once
                  for each and compares them. Default: memory for one process, postgres for several. redis needs
                  REDIS_URL, or redis-server on the PATH.
  --family NAME   The platform family that the LMS simulates: ${familyNames.join(', ')}.
                  Default: generic.
  --guide         Show the page also without a terminal.
  --exit          Tell the story without a page.
  --json          The same, with the figures as the last line.
  --help, -h      Print this text.`;

const MAX_PROCESSES = 8;

/** Whether a person is there to click. Several stores are compared without a person. */
export function isGuided({ guide, exit, json, stores }: DemoOptions, isTerminal: boolean): boolean {
  if (stores.length > 1) return false;
  return guide || (isTerminal && !exit && !json);
}

/** @throws {Error} which says what is wrong with the arguments. */
export function demoOptions(args: string[]): DemoOptions {
  const { values } = parseArgs({
    args,
    options: {
      processes: { type: 'string', default: '1' },
      store: { type: 'string', multiple: true },
      family: { type: 'string', default: 'generic' },
      guide: { type: 'boolean', default: false },
      exit: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const processes = Number(values.processes);
  if (!Number.isInteger(processes) || processes < 1 || processes > MAX_PROCESSES) {
    throw new Error(`--processes must be a number from 1 to ${MAX_PROCESSES}.`);
  }
  const stores = values.store ?? [processes === 1 ? 'memory' : 'postgres'];
  return {
    processes,
    stores: stores.map(storeNamed),
    family: familyNamed(values.family),
    guide: values.guide,
    exit: values.exit,
    json: values.json,
    help: values.help,
  };
}

function familyNamed(name: string): FamilyName {
  const family = familyNames.find((known) => known === name);
  if (family === undefined) throw new Error(`--family must be one of ${familyNames.join(', ')}.`);
  return family;
}

function storeNamed(name: string): DemoStore {
  const store = demoStores.find((known) => known === name);
  if (store === undefined) throw new Error(`--store must be one of ${demoStores.join(', ')}.`);
  return store;
}
