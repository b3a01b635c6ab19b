import { rm } from 'node:fs/promises';
import {
  EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from '../../src/server/embedded-postgres/embedded-postgres.js';

// A small app with an embedded PostgreSQL, to be run as a process of its own: told what to start by its one argument,
// it sends what came of it, and stops when its parent disconnects or dies.

export type PostgresAppOptions = Omit<EmbeddedPostgresOptions, 'log' | 'clock'> & {
  /** Removed in the end, together with the server's data. */
  temporary?: string;
};

export interface PostgresAppReport {
  url?: string;
  directory?: string;
  error?: { code?: string; message: string };
  log: string[];
}

const log: string[] = [];
const report = (part: Omit<PostgresAppReport, 'log'>): void => {
  process.send?.({ ...part, log });
};

// Ctrl-C signals the whole process group, and the parent decides when this process ends.
process.on('SIGINT', () => undefined);

let stop = async (): Promise<void> => {
  await Promise.resolve();
};
const end = (): void => {
  void stop().finally(() => process.exit());
};
process.once('disconnect', end);
process.once('SIGTERM', end);

try {
  const { temporary, ...options } = JSON.parse(process.argv[2] ?? '{}') as PostgresAppOptions;
  const server = await EmbeddedPostgres.start({ ...options, log: (line) => log.push(line) });
  stop = async () => {
    await server.stop();
    if (temporary === undefined) return;
    for (const path of [server.directory, temporary]) await rm(path, { recursive: true, force: true });
  };
  if (process.connected) report({ url: server.url, directory: server.directory });
  else await stop();
} catch (error) {
  const { code, message } = error as { code?: string; message: string };
  report({ error: { ...(code === undefined ? {} : { code }), message } });
}
