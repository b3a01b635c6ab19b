import { Client, escapeIdentifier } from 'pg';
import { roleName } from './postgres-cluster.js';

const databaseName = 'nest_lti';

/** How to get into one server. */
export interface PostgresLogin {
  port: number;
  password: string;
}

export function urlOf({ port, password }: PostgresLogin): string {
  return `postgres://${roleName}:${password}@127.0.0.1:${port}/${databaseName}`;
}

/** The name that the server was started with. Rejects when it does not answer in time, or not to this password. */
export async function clusterNameOf(login: PostgresLogin, timeoutMs: number): Promise<string> {
  return withClient(login, timeoutMs, async (client) => {
    const { rows } = await client.query<{ name: string }>("SELECT current_setting('cluster_name') AS name");
    return rows[0]?.name ?? '';
  });
}

/** Creates the application's database if it does not exist. */
export async function ensureDatabase(login: PostgresLogin, timeoutMs: number): Promise<void> {
  await withClient(login, timeoutMs, async (client) => {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [databaseName]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${escapeIdentifier(databaseName)}`);
  });
}

async function withClient<T>(
  { port, password }: PostgresLogin,
  timeoutMs: number,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({
    host: '127.0.0.1',
    port,
    user: roleName,
    password,
    database: 'postgres',
    ssl: false,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  });
  // If the server stops, the query fails. Without a listener, the error event would end this process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    // Not awaited: a server that hangs does not say goodbye.
    client.end().catch(() => undefined);
  }
}
