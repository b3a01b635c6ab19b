import { parseLtiConfig } from '../config/lti-config.js';
import { DatabaseUnavailable } from '../database/database.errors.js';
import { JobQueues } from './job-queues.js';

describe('the job engine without its database', () => {
  const jobs = new JobQueues(
    parseLtiConfig({
      publicUrl: 'https://tool.example.edu',
      database: { url: 'postgres://lti:geheim@127.0.0.1:9/lti' },
      encryptionKeys: `a:${Buffer.alloc(32, 1).toString('base64')}`,
    }),
  );

  it('gives no queue and no worker, which would never get over it', async () => {
    await expect(jobs.queue('syncs')).rejects.toThrow(DatabaseUnavailable);
    await expect(jobs.worker('syncs', 1, () => Promise.resolve())).rejects.toThrow(DatabaseUnavailable);
  });

  it('can be stopped', async () => {
    await expect(jobs.beforeApplicationShutdown()).resolves.toBeUndefined();
  });
});
