import { createHash } from 'node:crypto';
import { type PostgresBinaries } from './postgres-binaries.js';

/** `full`: commits survive a power failure. `none`: they survive only a killed process, which is faster, for tests. */
export type Durability = 'full' | 'none';

export interface ServerSettings {
  maxConnections: number;
  durability: Durability;
}

/** Settings by their PostgreSQL names. `cluster_name` identifies a server that runs with exactly these settings. */
export type PostgresSettings = Record<string, string> & { cluster_name: string };

/** The server's settings by name, the port excepted. */
export function serverSettings(settings: ServerSettings, binaries: PostgresBinaries): PostgresSettings {
  const chosen: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: String(settings.maxConnections),
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Errors of the server itself. Failed statements are not logged: the client gets the error, and they may contain names.
    log_min_messages: 'log',
    log_checkpoints: 'off',
    ...(settings.durability === 'none' ? { fsync: 'off', full_page_writes: 'off' } : {}),
  };
  return { ...chosen, cluster_name: fingerprint(chosen, binaries) };
}

/** A few of our environment variables: the server's user could read them all, secrets too. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'SystemRoot', 'TEMP', 'TMP'];
  const own = kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  // Our reading of the log needs its messages in English.
  return { ...(Object.fromEntries(own) as NodeJS.ProcessEnv), LC_ALL: 'C', TZ: 'UTC' };
}

/** The name by which an orphan is known to run just these programs with just these settings. */
function fingerprint(chosen: Record<string, string>, binaries: PostgresBinaries): string {
  const hash = createHash('sha256').update(JSON.stringify([chosen, binaries.version]));
  return `nest_lti_${hash.digest('hex').slice(0, 16)}`;
}
