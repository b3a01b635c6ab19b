import { PostgresConnection } from 'bullmq';
import { jobsConnection } from './jobs-schema.js';

/** For all queues and workers of a process; their LISTEN takes one more. */
const CONNECTIONS = 4;

/**
 * The one way of a process to the job engine. By itself each queue and each worker would take a pool and a LISTEN of its own,
 * and close it when it closes; this one outlives them all.
 */
export class JobsConnection extends PostgresConnection {
  constructor(url: string) {
    super(jobsConnection(url, CONNECTIONS));
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }

  /** When all of them are closed. */
  end(): Promise<void> {
    return super.close();
  }
}
