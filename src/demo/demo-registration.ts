import { type Page } from '../common/page.schema.js';
import { type CourseView, type MemberView } from '../courses/course.schema.js';
import { type SyncRunView } from '../courses/sync-run.schema.js';
import { type ScoreVerdicts } from '../grade-passback/outbox.schema.js';
import { type DeliveryStateView } from '../grade-passback/delivery-state.view.js';
import {
  type CreatedInvitation,
  type DynamicRegistrationView,
} from '../registrations/dynamic/dynamic-registration.schema.js';
import { formTo } from '../testing/browser/form-reading.js';
import { registersTools } from '../testing/dynamic-registration/dynamic-registration-route.js';
import { families } from '../testing/families/families.js';
import { type FamilyName } from '../testing/families/family.js';
import { type LoginInitiation, SimulatedBrowser } from '../testing/index.js';
import { roster } from '../testing/memberships/roster.js';
import { eventually } from '../testing/token-store-contract/eventually.js';
import { type DemoServices } from './demo-services.js';

const GIVE_UP_MS = 60_000;

/** What worked by a registration that no one typed in. */
export interface JoinedLms {
  clientId: string;
  /** The members of its course, as synced. */
  members: number;
  scoresAccepted: number;
}

/**
 * An administrator pastes an invitation into the LMS and confirms it. Then a teacher launches, the course is synced, and a
 * score is posted.
 *
 * @returns undefined where the LMS has no dynamic registration
 */
export async function joinLms(services: DemoServices): Promise<JoinedLms | undefined> {
  const { lms, api } = services;
  const { family, issuer } = await lms.get<{ family: FamilyName; issuer: string }>('/_control/state');
  if (!registersTools(family)) return undefined;
  const { clientId, registrationId } = await register(services, issuer);
  await launch(services, family, clientId);
  const { items } = await api.get<Page<CourseView>>(`/api/v1/courses?registrationId=${registrationId}`);
  const [course] = items;
  if (course === undefined) throw new Error('The launch of the registered tool created no course.');
  const { counts } = await synced(services, course.id);
  const scoresAccepted = await postScore(services, registrationId, course.id);
  return { clientId, members: counts.added, scoresAccepted };
}

/** What the administrator does: paste the URL, and click. */
async function register(
  { lms, api, apiUrl }: DemoServices,
  issuer: string,
): Promise<{ clientId: string; registrationId: string }> {
  const { id, registrationUrl } = await api.post<CreatedInvitation>('/api/v1/registration-invitations', {
    name: 'Simulated LMS',
    allowedIssuers: [issuer],
  });
  const { url } = await lms.post<{ url: string }>('/_control/registrations', { registrationUrl });
  const browser = new SimulatedBrowser();
  const page = await browser.get(url);
  const form = formTo(apiUrl, page);
  if (form === undefined) throw new Error(`The registration did not open: ${page.status} ${page.body}`);
  const { status, body } = await browser.post(form.action, form.fields);
  if (status !== 200) throw new Error(`The tool was not registered: ${status} ${body}`);
  const { items } = await api.get<Page<DynamicRegistrationView>>('/api/v1/dynamic-registrations');
  const stored = items.find(({ invitationId, status: state }) => invitationId === id && state === 'stored');
  const { clientId, registrationId } = stored ?? {};
  if (typeof clientId !== 'string' || typeof registrationId !== 'string')
    throw new Error('The registration is not stored.');
  return { clientId, registrationId };
}

async function launch({ lms }: DemoServices, family: FamilyName, clientId: string): Promise<void> {
  const courses = await lms.get<{ contextId: string }[]>('/_control/courses');
  const [teacher] = roster(1, families[family].userIds);
  const initiation = await lms.post<LoginInitiation>('/_control/launches', {
    clientId,
    // The last one is small.
    contextId: courses.at(-1)?.contextId,
    userId: teacher?.userId,
    platformStorage: false,
  });
  const { status, body } = await new SimulatedBrowser().launch(initiation);
  if (status !== 200) throw new Error(`The launch of the registered tool ended with ${status}: ${body}`);
}

async function synced({ api }: DemoServices, courseId: string): Promise<SyncRunView> {
  const { id } = await api.post<{ id: string }>(`/api/v1/courses/${courseId}/sync`);
  const run = await eventually('the sync of the registered tool', GIVE_UP_MS, async () => {
    const seen = await api.get<SyncRunView>(`/api/v1/sync-runs/${id}`);
    return seen.finishedAt === null ? undefined : seen;
  });
  if (run.status !== 'completed') throw new Error(`The sync of the registered tool ended as ${run.status}.`);
  return run;
}

/** @returns how many scores the LMS accepted */
async function postScore(
  { lms, api }: DemoServices,
  registrationId: string,
  courseId: string,
): Promise<number> {
  const accepted = async (): Promise<number> =>
    (await lms.get<{ scoresAccepted: number }>('/_control/counts')).scoresAccepted;
  const before = await accepted();
  const { id: lineItemId } = await api.post<{ id: string }>(`/api/v1/courses/${courseId}/line-items`, {
    label: 'First quiz',
    scoreMaximum: 10,
  });
  const members = await api.get<Page<MemberView>>(
    `/api/v1/courses/${courseId}/members?role=Learner&status=Active&limit=1`,
  );
  await api.post<ScoreVerdicts>(`/api/v1/courses/${courseId}/scores`, [
    { lineItemId, userId: members.items[0]?.userId, scoreGiven: 7, scoreMaximum: 10 },
  ]);
  await eventually('the score of the registered tool', GIVE_UP_MS, async () => {
    const { scores } = await api.get<DeliveryStateView>(`/api/v1/registrations/${registrationId}/delivery`);
    return scores.pending === 0 ? scores : undefined;
  });
  return (await accepted()) - before;
}
