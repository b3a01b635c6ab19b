import { type INestApplication } from '@nestjs/common';
import {
  CourseRosterService,
  CourseService,
  CourseSyncService,
  createRegistrationSchema,
  GradePassbackService,
  GradeService,
  LtiError,
  OAuthService,
  RegistrationService,
} from 'nest-lti';
import { SimulatedBrowser, SimulatedPlatform } from 'nest-lti/testing';
// The one form that compiles with and without esModuleInterop.
import { strict as assert } from 'node:assert';
import { setTimeout as sleep } from 'node:timers/promises';
import { ltiOpenApi } from 'nest-lti/openapi';
import { DataSource } from 'typeorm';
import { ADMIN_API_KEY } from './app.module.js';
import { Reports } from './reports.js';

const MEMBERS = 20;

/** What the application is for: it is launched, reads a roster, posts a score; and its own parts work as before. */
export async function useTool(app: INestApplication): Promise<void> {
  const url = process.env['PUBLIC_URL'] ?? '';
  const lms = await SimulatedPlatform.start({ family: 'moodle' });
  try {
    await useOwnParts(app, url);
    await useLti(app, url, lms);
  } finally {
    await lms.stop();
  }
}

async function useOwnParts(app: INestApplication, url: string): Promise<void> {
  const note = (body: object, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${url}/notes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  assert.equal((await note({ words: 'hello' })).status, 201);
  assert.equal((await note({ words: 1 })).status, 400);
  assert.equal((await note({ words: 'hello' }, { 'x-banned': 'yes' })).status, 403);

  const reports = app.get(Reports);
  await reports.request('of the host');
  await until(() => Promise.resolve(reports.made.length > 0));
  assert.deepEqual(reports.made, ['of the host']);
}

async function useLti(app: INestApplication, url: string, lms: SimulatedPlatform): Promise<void> {
  const course = lms.addCourse({ contextId: '42', title: 'Algebra I', members: MEMBERS });
  lms.addTool({
    clientId: 'tool',
    jwksUrl: `${url}/lti/jwks.json`,
    launch: { loginUrl: `${url}/lti/login`, redirectUris: [`${url}/lti/launch`] },
  });
  const { issuer, authorizationUrl, tokenUrl, jwksUrl } = lms;
  const registrations = app.get(RegistrationService, { strict: false });
  const registration = await registrations.create(
    createRegistrationSchema.parse({
      ...{ name: 'LMS', issuer, clientId: 'tool', authorizationUrl, tokenUrl, jwksUrl },
      platformFamily: 'moodle',
      deployments: ['1'],
    }),
  );
  assert.equal((await registrations.get(registration.id)).clientId, 'tool');

  // Launch
  const teacher = course.members.find(({ roles }) => roles.some((role) => role.endsWith('Instructor')));
  const learner = course.members.find(({ roles }) => roles.some((role) => role.endsWith('Learner')));
  assert.ok(teacher !== undefined && learner !== undefined);
  const launch = { clientId: 'tool', contextId: '42', userId: teacher.userId, platformStorage: false };
  const { status, body } = await new SimulatedBrowser().launch(lms.startLaunch(launch));
  assert.equal(status, 200, body);
  const token = /<p>(.*)<\/p>/.exec(body)?.[1];
  const refused = await new SimulatedBrowser().launch(lms.startLaunch({ ...launch, attack: 'alg-none' }));
  assert.equal(refused.status, 401, refused.body);

  // The host's controller, behind our guard
  const results = (authorization?: string): Promise<Response> =>
    fetch(`${url}/quiz/results`, { headers: authorization === undefined ? {} : { authorization } });
  const answer = await results(`Bearer ${String(token)}`);
  assert.equal(answer.status, 200);
  const { course: courseId } = (await answer.json()) as { course: string };
  const unknown = await results();
  assert.equal(unknown.status, 401);
  assert.equal(((await unknown.json()) as { code: string }).code, 'launch_session_required');

  // Roster
  await app.get(CourseSyncService, { strict: false }).syncCourse(courseId);
  const roster = app.get(CourseRosterService, { strict: false });
  await until(async () => (await roster.count(courseId)) === MEMBERS);

  // Scores: at once, and through the outbox
  const client = await app
    .get(OAuthService, { strict: false })
    .authenticate(registration, { lineItems: course.lineItemsUrl });
  const grades = app.get(GradeService, { strict: false });
  const item = await grades.create(client, { label: 'Quiz', scoreMaximum: 20 });
  const outbox = app.get(GradePassbackService, { strict: false });
  const score = { lineItemId: item.id, userId: learner.userId, scoreGiven: 17, scoreMaximum: 20 };
  const id = await app.get(DataSource).transaction((manager) => outbox.enqueue(courseId, score, { manager }));
  await until(async () => (await outbox.get(id)).status === 'posted');
  const graded = lms.gradebook('42').find(({ label }) => label === 'Quiz');
  assert.equal(graded?.results[0]?.resultScore, 17);
  assert.equal(lms.counts.tokenRequests, 1);

  // Errors are the classes that the host imports
  await assert.rejects(outbox.get('00000000-0000-4000-8000-000000000000'), LtiError);

  await useApi(app, url);
  await passNothing(app, { registrationId: registration.id, courseId });
}

/** The REST API validates what it takes, and is described where it is. */
async function useApi(app: INestApplication, url: string): Promise<void> {
  const call = (path: string, body?: object): Promise<Response> =>
    fetch(`${url}/api/v1/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${ADMIN_API_KEY}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const wrong = await call('registrations', { name: 1 });
  assert.equal(wrong.status, 400);
  const { code, errors } = (await wrong.json()) as { code: string; errors: { field: string }[] };
  assert.equal(code, 'invalid_request');
  assert.ok(errors.some(({ field }) => field === 'name'));
  assert.equal((await call('registrations?limit=0')).status, 400);
  assert.equal((await call('registrations/1')).status, 400);
  const list = await call('registrations?limit=1');
  assert.equal(((await list.json()) as { items: unknown[] }).items.length, 1);
  const { paths } = ltiOpenApi(app);
  assert.equal(paths['/backend/api/v1/registrations']?.post?.operationId, 'RegistrationController_create');
}

/** TypeORM 0.3 leaves a condition out whose value is undefined: the first row of the table would be read, or all be changed. */
async function passNothing(
  app: INestApplication,
  { registrationId, courseId }: { registrationId: string; courseId: string },
): Promise<void> {
  const nothing = undefined as never;
  const registrations = app.get(RegistrationService, { strict: false });
  const courses = app.get(CourseService, { strict: false });
  const syncs = app.get(CourseSyncService, { strict: false });
  const outbox = app.get(GradePassbackService, { strict: false });
  const calls: [string, () => Promise<unknown>][] = [
    ['registrations.get', () => registrations.get(nothing)],
    ['registrations.update', () => registrations.update(nothing, { name: 'another' })],
    ['registrations.remove', () => registrations.remove(nothing)],
    ['courses.get', () => courses.get(nothing)],
    ['courses.remove', () => courses.remove(nothing)],
    ['syncs.syncCourse', () => syncs.syncCourse(nothing)],
    ['outbox.get', () => outbox.get(nothing)],
    ['outbox.retry', () => outbox.retry(nothing)],
    ['outbox.cancel', () => outbox.cancel(nothing)],
    ['outbox.retryCourse', () => outbox.retryCourse(nothing)],
    ['outbox.cancelCourse', () => outbox.cancelCourse(nothing)],
    ['outbox.pause', () => outbox.pause(nothing)],
  ];
  for (const [name, call] of calls) await assert.rejects(call, Error, name);
  assert.equal((await registrations.get(registrationId)).name, 'LMS');
  assert.equal((await courses.get(courseId)).id, courseId);
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (let step = 0; step < 600; step += 1) {
    if (await isTrue()) return;
    await sleep(50);
  }
  throw new Error(`This did not become true: ${String(isTrue)}`);
}
