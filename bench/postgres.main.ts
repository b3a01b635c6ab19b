import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { EmbeddedPostgres } from '../src/server/embedded-postgres/embedded-postgres.js';
import { openDirectory } from '../test/support/open-directory.js';
import { type PostgresRestart } from './bench-postgres.js';

// Ctrl-C reaches this process too. It stops the server when its parent has ended, however that happens.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
const directory = await openDirectory('nest-lti-bench-');
const start = () => EmbeddedPostgres.start({ directory: join(directory, 'postgres'), maxConnections: 300 });
let postgres = await start();
let restarting = Promise.resolve();
process.on('disconnect', () => void stop());
process.on('message', (how: PostgresRestart) => {
  restarting = restart(how).then(() => void process.send?.(postgres.url));
});
if (process.connected) process.send?.(postgres.url);
else await stop();

/** The port and the password stay. */
async function restart({ how, downMs }: PostgresRestart): Promise<void> {
  if (how === 'crash') {
    const record = await readFile(join(postgres.directory, 'cluster', 'postmaster.pid'), 'utf8');
    process.kill(Number(record.split('\n')[0]), 'SIGKILL');
  }
  await postgres.stop();
  await pause(downMs);
  postgres = await start();
}

async function stop(): Promise<void> {
  await restarting;
  await postgres.stop();
  for (const path of [postgres.directory, directory]) await rm(path, { recursive: true, force: true });
  process.exit();
}
