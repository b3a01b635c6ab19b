import { parseLtiConfig } from '../config/lti-config.js';
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
    await expect(jobs.queue('syncs')).rejects.toMatchObject({ code: 'database_unavailable' });
    await expect(jobs.worker('syncs', 1, () => Promise.resolve())).rejects.toMatchObject({
      code: 'database_unavailable',
    });
  });

  it('can be stopped without its database', async () => {
    await expect(jobs.beforeApplicationShutdown()).resolves.toBeUndefined();
  });
});
