import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedPostgres } from '../src/server/embedded-postgres/embedded-postgres.js';
import { openDirectory } from '../test/support/open-directory.js';

// Ctrl-C reaches this process too. It stops the server when its parent has ended, however that happens.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
const directory = await openDirectory('nest-lti-bench-');
const postgres = await EmbeddedPostgres.start({
  directory: join(directory, 'postgres'),
  maxConnections: 300,
});
process.on('disconnect', () => void stop());
if (process.connected) process.send?.(postgres.url);
else await stop();

async function stop(): Promise<void> {
  await postgres.stop();
  for (const path of [postgres.directory, directory]) await rm(path, { recursive: true, force: true });
  process.exit();
}
