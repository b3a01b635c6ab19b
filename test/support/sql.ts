import { Client, type QueryResultRow } from 'pg';

/** Runs one statement on a new connection. Rejects with pg's error. */
export async function sql<T extends QueryResultRow>(
  url: string,
  statement: string,
  values: unknown[] = [],
): Promise<T[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    return (await client.query<T>(statement, values)).rows;
  } finally {
    await client.end();
  }
}
