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
  /** Ends after the figures instead of waiting for Ctrl-C. */
  exit: boolean;
  /** Prints the figures as the last line. */
  json: boolean;
  /** Prints the options and does nothing else. */
  help: boolean;
}

export const usage = `npm run demo -- [--processes 1..8] [--store ${demoStores.join('|')}]... [--family NAME] [--exit] [--json]`;

export const help = `${usage}

Starts a simulated LMS and the service with its own PostgreSQL, syncs five courses, and posts 1,000 scores. Runs until Ctrl-C.

  --processes N   The number of processes of the service, 1 to 8. Default: 1.
  --store STORE   The token store: ${demoStores.join(', ')}. If you give several, the demo runs once
                  for each and compares them. Default: memory for one process, postgres for several. redis needs
                  REDIS_URL, or redis-server on the PATH.
  --family NAME   The platform family that the LMS simulates: ${familyNames.join(', ')}.
                  Default: generic.
  --exit          End after the scores.
  --json          Print the figures as the last line.
  --help, -h      Print this text.`;

const MAX_PROCESSES = 8;

/** @throws {Error} which says what is wrong with the arguments. */
export function demoOptions(args: string[]): DemoOptions {
  const { values } = parseArgs({
    args,
    options: {
      processes: { type: 'string', default: '1' },
      store: { type: 'string', multiple: true },
      family: { type: 'string', default: 'generic' },
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
