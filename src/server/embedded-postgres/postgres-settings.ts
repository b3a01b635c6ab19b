import { createHash } from 'node:crypto';
import { type PostgresBinaries } from './postgres-binaries.js';

/** `full`: what is committed survives a power failure. `none`: only a killed process; for tests, as it is faster. */
export type Durability = 'full' | 'none';

export interface ServerSettings {
  maxConnections: number;
  durability: Durability;
}

/** By name, as PostgreSQL takes them. `cluster_name` tells a server that runs with just these from any other. */
export type PostgresSettings = Record<string, string> & { cluster_name: string };

/** The server's settings by name, the port excepted. */
export function serverSettings(settings: ServerSettings, binaries: PostgresBinaries): PostgresSettings {
  const chosen: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: String(settings.maxConnections),
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Faults of the server itself. Failed statements are told to whoever sent them, and may hold people's names.
    log_min_messages: 'log',
    log_checkpoints: 'off',
    ...(settings.durability === 'none' ? { fsync: 'off', full_page_writes: 'off' } : {}),
  };
  return { ...chosen, cluster_name: fingerprint(chosen, binaries) };
}

/** A little of our environment: the server's user could read it all, our secrets too. */
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
