import { PostgresConnection } from 'bullmq';
import pLimit from 'p-limit';
import { Pool } from 'pg';
import { PgClient } from '../database/pg-client.js';
import { CONNECT_TIMEOUT_MS, JOBS_SCHEMA } from './jobs-schema.js';

type ListenClient = Awaited<ReturnType<PostgresConnection['getListenClient']>>;

export interface JobsConnectionOptions {
  connections: number;
  /**
   * False: a crash of the PostgreSQL server can undo the last half second (`synchronous_commit = off`). The commits then wait for no
   * write to the disk.
   */
  isDurable: boolean;
}

/**
 * The way of the queues of a process, or of its workers, to the job engine. By itself each queue and each worker would take a pool and
 * a LISTEN of its own, and close it when it closes; this one outlives them. The pool is ours, because the engine makes clients that end
 * the process when the server stops as they connect.
 */
export class JobsConnection extends PostgresConnection {
  override readonly schema = JOBS_SCHEMA;
  private listening: ListenClient | undefined;

  constructor(url: string, { connections, isDurable }: JobsConnectionOptions) {
    super(
      new Pool({
        connectionString: url,
        // As BullMQ does in its own pools: its statements name no schema.
        options: `-c search_path="${JOBS_SCHEMA}"${isDurable ? '' : ' -c synchronous_commit=off'}`,
        max: connections,
        connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
        keepAlive: true,
        keepAliveInitialDelayMillis: 10_000,
        application_name: 'nest-lti-jobs',
        Client: PgClient,
      }),
    );
    // Each queue and each worker adds a listener. Their number is that of the features, so many are not a leak.
    this.setMaxListeners(0);
  }

  /**
   * The one client that listens for all workers. They start together, and each of them sends it a LISTEN: these are sent one after
   * another, as pg deprecates a query that is given to a client while another runs.
   */
  override async getListenClient(): Promise<ListenClient> {
    const client = await super.getListenClient();
    if (client !== this.listening) {
      this.listening = client;
      const turn = pLimit(1);
      const query: ListenClient['query'] = client.query.bind(client);
      client.query = <R>(text: string, values?: readonly unknown[]) => turn(() => query<R>(text, values));
    }
    return client;
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }

  /** When all of them are closed. */
  async end(): Promise<void> {
    await super.close();
    await this.pool.end();
  }
}
