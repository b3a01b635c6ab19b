import { type INestApplication } from '@nestjs/common';
import {
  CourseRoster,
  CourseSyncService,
  createRegistrationSchema,
  GradePassback,
  GradeService,
  LtiError,
  OAuthService,
  RegistrationService,
} from 'nest-lti';
import { SimulatedBrowser, SimulatedPlatform } from 'nest-lti/testing';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
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
  const roster = app.get(CourseRoster, { strict: false });
  await until(async () => (await roster.count(courseId)) === MEMBERS);

  // Scores: at once, and through the outbox
  const client = await app
    .get(OAuthService, { strict: false })
    .authenticate(registration, { lineItems: course.lineItemsUrl });
  const grades = app.get(GradeService, { strict: false });
  const item = await grades.create(client, { label: 'Quiz', scoreMaximum: 20 });
  const outbox = app.get(GradePassback, { strict: false });
  const id = await outbox.enqueue(courseId, {
    ...{ lineItemId: item.id, userId: learner.userId, scoreGiven: 17, scoreMaximum: 20 },
  });
  await until(async () => (await outbox.get(id)).status === 'posted');
  const graded = lms.gradebook('42').find(({ label }) => label === 'Quiz');
  assert.equal(graded?.results[0]?.resultScore, 17);
  assert.equal(lms.counts.tokenRequests, 1);

  // Errors are the classes that the host imports
  await assert.rejects(outbox.get('00000000-0000-4000-8000-000000000000'), LtiError);
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (let step = 0; step < 600; step += 1) {
    if (await isTrue()) return;
    await sleep(50);
  }
  throw new Error(`This did not become true: ${String(isTrue)}`);
}
