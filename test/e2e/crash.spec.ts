import { rm } from 'node:fs/promises';
import { SimulatedPlatform } from '../../src/testing/index.js';
import { SERVICE_API_KEY, ServiceApi } from '../support/service-api.js';
import { openDirectory } from '../support/open-directory.js';
import { ServiceProcess } from '../support/service-process.js';

const MEMBERS = 20_000;

describe('a kill -9 in the middle of a sync', () => {
  let directory: string;
  let lms: SimulatedPlatform;
  let service: ServiceProcess;

  const start = (): ServiceProcess =>
    ServiceProcess.start({
      env: {
        DATA_DIR: directory,
        ADMIN_API_KEY: SERVICE_API_KEY,
        ALLOW_PRIVATE_NETWORKS: 'true',
        SYNC_EVERY: 'never',
      },
    });

  beforeAll(async () => {
    directory = await openDirectory('nest-lti-crash-');
    lms = await SimulatedPlatform.start({ family: 'generic' });
  });
  afterAll(async () => {
    await service.end('SIGTERM');
    await lms.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('loses no member: after a restart the run ends by itself, with every member once', async () => {
    service = start();
    let api = new ServiceApi(await service.url());
    const registrationId = await api.register(lms, 'crash');
    const course = lms.addCourse({ members: MEMBERS });
    const courseId = await api.addCourse(registrationId, course);
    lms.faults.add({ kind: 'latency', on: 'memberships', ms: 100, times: 'always' });
    const { id: runId } = await api.post(`/api/v1/courses/${courseId}/sync`);
    await api.untilRun(runId, 'is in the middle', ({ counts }) => counts.pages >= 5);

    await service.end('SIGKILL');
    lms.faults.clear();
    service = start();
    api = new ServiceApi(await service.url());

    const run = await api.untilRun(runId, 'has ended', ({ finishedAt }) => finishedAt !== null);
    expect(run).toMatchObject({
      status: 'completed',
      attempts: 2,
      counts: { added: MEMBERS, removed: 0, unchanged: 0 },
    });
    const userIds = await api.userIds(courseId);
    expect(userIds).toHaveLength(MEMBERS);
    expect(new Set(userIds)).toEqual(new Set(course.members.map((member) => member.userId)));
  }, 120_000);
});
