import cliProgress from 'cli-progress';
import { setTimeout as delay } from 'node:timers/promises';
import { type SyncRunView } from '../course-syncs/sync-run.schema.js';
import { type DemoServices } from './demo-services.js';

const POLL_MS = 100;
const GIVE_UP_MS = 300_000;
const CLIENT_ID = 'nest-lti-demo';

interface LmsState {
  issuer: string;
  authorizationUrl: string;
  tokenUrl: string;
  jwksUrl: string;
}
interface LmsCourse {
  contextId: string;
  title: string;
  membershipsUrl: string;
  lineItemsUrl: string;
  memberCount: number;
}

export interface SyncedCourse {
  title: string;
  /** At the LMS. */
  contextId: string;
  members: number;
  run: SyncRunView;
}

export interface SyncResult {
  registrationId: string;
  courses: SyncedCourse[];
  /** As the LMS counted them. */
  tokenRequests: number;
  seconds: number;
}

/** The main job as its user does it: register the platform, add its courses, sync them all. */
export async function syncEverything({ lms, api, apiUrl }: DemoServices): Promise<SyncResult> {
  const startedAt = performance.now();
  await lms.post('/_control/tools', {
    clientId: CLIENT_ID,
    deploymentIds: ['1'],
    jwksUrl: `${apiUrl}/lti/jwks.json`,
  });
  const { issuer, authorizationUrl, tokenUrl, jwksUrl } = await lms.get<LmsState>('/_control/state');
  const registration = await api.post<{ id: string }>('/api/registrations', {
    name: 'Simulated LMS',
    issuer,
    clientId: CLIENT_ID,
    authorizationUrl,
    tokenUrl,
    jwksUrl,
    deployments: ['1'],
  });

  const courses = await lms.get<LmsCourse[]>('/_control/courses');
  const byId = new Map<string, LmsCourse>();
  for (const course of courses) {
    const { contextId, title, membershipsUrl, lineItemsUrl } = course;
    const added = await api.post<{ id: string }>('/api/courses', {
      registrationId: registration.id,
      deploymentId: '1',
      contextId,
      title,
      membershipsUrl,
      lineItemsUrl,
    });
    byId.set(added.id, course);
  }
  const { runs } = await api.post<{ runs: { id: string; courseId: string }[] }>(
    `/api/registrations/${registration.id}/sync`,
  );
  const finished = await watch(
    api,
    runs.map(({ id }) => id),
    sum(courses.map(({ memberCount }) => memberCount)),
  );
  const { tokenRequests } = await lms.get<{ tokenRequests: number }>('/_control/counts');
  return {
    registrationId: registration.id,
    courses: finished.map((run) => ({
      title: byId.get(run.courseId)?.title ?? run.courseId,
      contextId: byId.get(run.courseId)?.contextId ?? '',
      members: run.counts.added + run.counts.updated + run.counts.unchanged,
      run,
    })),
    tokenRequests,
    seconds: Math.round((performance.now() - startedAt) / 100) / 10,
  };
}

/** Shows the progress until every run has ended. */
async function watch(api: DemoServices['api'], runIds: string[], members: number): Promise<SyncRunView[]> {
  const bar = new cliProgress.SingleBar(
    { format: 'Syncing [{bar}] {value}/{total} members', stream: process.stderr, noTTYOutput: false },
    cliProgress.Presets.shades_classic,
  );
  bar.start(members, 0);
  const giveUpAt = performance.now() + GIVE_UP_MS;
  try {
    for (;;) {
      const runs = await Promise.all(runIds.map((id) => api.get<SyncRunView>(`/api/sync-runs/${id}`)));
      bar.update(sum(runs.map(({ counts }) => counts.added + counts.updated)));
      if (runs.every(({ finishedAt }) => finishedAt !== null)) return runs;
      if (performance.now() > giveUpAt) throw new Error('The syncs did not end in time.');
      await delay(POLL_MS);
    }
  } finally {
    bar.stop();
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
