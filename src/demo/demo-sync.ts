import cliProgress from 'cli-progress';
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Page } from '../common/page.schema.js';
import { type CourseView } from '../courses/course.schema.js';
import { type SyncRunView } from '../courses/sync-run.schema.js';
import { type LoginInitiation, SimulatedBrowser } from '../testing/index.js';
import { families } from '../testing/families/families.js';
import { type FamilyName } from '../testing/families/family.js';
import { roster } from '../testing/memberships/roster.js';
import { type DemoServices } from './demo-services.js';

const POLL_MS = 100;
const GIVE_UP_MS = 300_000;
/** The client id of the tool at the LMS. */
export const DEMO_CLIENT_ID = 'nest-lti-demo';

interface LmsState {
  family: FamilyName;
  issuer: string;
  authorizationUrl: string;
  tokenUrl: string;
  jwksUrl: string;
  tokenAudience: string;
}
interface LmsCourse {
  contextId: string;
  memberCount: number;
}

export interface SyncedCourse {
  title: string;
  /** The context id at the LMS. */
  contextId: string;
  members: number;
  run: SyncRunView;
}

export interface SyncResult {
  registrationId: string;
  courses: SyncedCourse[];
  /** Counted by the LMS. */
  tokenRequests: number;
  seconds: number;
}

/** The main job as a user does it: register the platform, launch from its courses, sync them all. */
export async function syncEverything(services: DemoServices): Promise<SyncResult> {
  const { lms, api, apiUrl } = services;
  const startedAt = performance.now();
  await lms.post('/_control/tools', {
    clientId: DEMO_CLIENT_ID,
    deploymentIds: ['1'],
    jwksUrl: `${apiUrl}/lti/jwks.json`,
    launch: {
      loginUrl: `${apiUrl}/lti/login`,
      redirectUris: [`${apiUrl}/lti/launch`],
      custom: { canvas_user_id: '$Canvas.user.id' },
    },
  });
  const state = await lms.get<LmsState>('/_control/state');
  const { family, issuer, authorizationUrl, tokenUrl, jwksUrl, tokenAudience } = state;
  const registration = await api.post<{ id: string }>('/api/v1/registrations', {
    name: 'Simulated LMS',
    issuer,
    clientId: DEMO_CLIENT_ID,
    authorizationUrl,
    tokenUrl,
    jwksUrl,
    tokenAudience,
    platformFamily: family,
    deployments: ['1'],
  });
  await letUsersGrant(services, registration.id);

  const courses = await lms.get<LmsCourse[]>('/_control/courses');
  for (const { contextId } of courses) await launchTeacher(lms, family, contextId);
  const { items } = await api.get<Page<CourseView>>(`/api/v1/courses?registrationId=${registration.id}`);
  const byId = new Map(items.map(({ id, contextId, title }) => [id, { contextId, title }]));
  const { runs } = await api.post<{ runs: { id: string; courseId: string }[] }>(
    `/api/v1/registrations/${registration.id}/sync`,
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

/** Lets the user of the demo allow the tool to call the LMS as one of its users. */
async function letUsersGrant(
  { lms, lmsUrl, api, apiUrl }: DemoServices,
  registrationId: string,
): Promise<void> {
  const client = { clientId: 'nest-lti-demo-api', clientSecret: randomBytes(24).toString('base64url') };
  const redirectUris = [`${apiUrl}/user-grants/callback`];
  await lms.post('/_control/user-oauth/clients', { ...client, redirectUris });
  await api.put(`/api/v1/registrations/${registrationId}/user-grant-client`, {
    ...client,
    provider: 'canvas',
    apiUrl: lmsUrl,
  });
}

/** A launch creates its course, which can then be synced. */
async function launchTeacher(lms: DemoServices['lms'], family: FamilyName, contextId: string): Promise<void> {
  const [teacher] = roster(1, families[family].userIds);
  const initiation = await lms.post<LoginInitiation>('/_control/launches', {
    clientId: DEMO_CLIENT_ID,
    contextId,
    userId: teacher?.userId,
    platformStorage: false,
  });
  const { status, body } = await new SimulatedBrowser().launch(initiation);
  if (status !== 200) throw new Error(`The launch of course ${contextId} ended with ${status}: ${body}`);
}

/** Shows the progress until every run has ended. */
async function watch(api: DemoServices['api'], runIds: string[], members: number): Promise<SyncRunView[]> {
  const bar = new cliProgress.SingleBar(
    {
      format: 'Syncing [{bar}] {value}/{total} members',
      stream: process.stderr,
      noTTYOutput: false,
      gracefulExit: true,
    },
    cliProgress.Presets.shades_classic,
  );
  bar.start(members, 0);
  const giveUpAt = performance.now() + GIVE_UP_MS;
  try {
    for (;;) {
      const runs = await Promise.all(runIds.map((id) => api.get<SyncRunView>(`/api/v1/sync-runs/${id}`)));
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
