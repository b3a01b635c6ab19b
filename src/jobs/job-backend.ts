import { type BackendFactory, type IQueueBackend } from 'bullmq';
import { isPackageMissing } from '../common/optional-package.js';
import { ConfigurationInvalid } from '../common/reactions.errors.js';
import { type LtiConfig } from '../config/lti-config.js';

/** Where the job engine keeps its jobs. */
export interface JobBackend {
  /** For `withBackend`: bound to our queues and workers alone. */
  readonly create: BackendFactory<IQueueBackend, object>;
  /** Before the first queue. @throws an error that ends the boot */
  open(): Promise<void>;
  /** The error of a boot whose queue or worker has no connection. */
  unavailable(cause: unknown): Error;
  /** After all queues and workers have closed. */
  end(): Promise<void>;
}

/** @throws {ConfigurationInvalid} when the driver of Redis is not installed */
export async function createJobBackend({ jobs, database }: LtiConfig): Promise<JobBackend> {
  if (jobs.backend === 'postgres') {
    const { PostgresJobBackend } = await import('./postgres-job-backend.js');
    return new PostgresJobBackend(database);
  }
  try {
    const { RedisJobBackend } = await import('./redis-job-backend.js');
    return new RedisJobBackend(jobs);
  } catch (error) {
    if (!isPackageMissing(error, 'ioredis')) throw error;
    const message = "'redis' needs the package ioredis, of version 5 or 6: npm install ioredis@5";
    throw ConfigurationInvalid.of([{ name: 'jobs.backend', message }]);
  }
}
