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

  it('creates no queue and no worker, which could not recover', async () => {
    await expect(jobs.queue('syncs')).rejects.toThrow(DatabaseUnavailable);
    await expect(jobs.worker('syncs', 1, () => Promise.resolve())).rejects.toThrow(DatabaseUnavailable);
  });

  it('can be stopped without its database', async () => {
    await expect(jobs.beforeApplicationShutdown()).resolves.toBeUndefined();
  });
});
