import { type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { GradePassbackService, type Registration } from 'nest-lti';
import {
  type SimulatedCourse,
  SimulatedPlatform,
  startTestDatabase,
  type TestDatabase,
} from 'nest-lti/testing';
import { randomBytes } from 'node:crypto';
import { AppModule } from '../src/app.module.js';

interface Question {
  title: string;
  questions: string[];
}

describe('a class and its quiz', () => {
  let database: TestDatabase;
  let lms: SimulatedPlatform;
  let app: INestApplication;
  let registration: Registration;
  let course: SimulatedCourse;

  beforeAll(async () => {
    database = await startTestDatabase();
    process.env['DATABASE_URL'] = database.url;
    process.env['PUBLIC_URL'] = 'https://quiz.example.edu';
    process.env['ENCRYPTION_KEYS'] = `test:${randomBytes(32).toString('base64')}`;
    lms = await SimulatedPlatform.start({ family: 'moodle' });
    app = (await Test.createTestingModule({ imports: [AppModule] }).compile()).createNestApplication();
    await app.listen(0);
    registration = await lms.connect(app);
    course = lms.addCourse({
      title: 'Algebra I',
      members: [
        { name: 'Ada Lovelace', roles: ['Instructor'] },
        { name: 'Emmy Noether', roles: ['Learner'] },
        { name: 'Carl Gauss', roles: ['Learner'] },
      ],
    });
  });
  afterAll(async () => {
    // If the set-up failed, some of these were not started.
    await app?.close();
    await lms?.stop();
    await database?.stop();
  });

  const userIdOf = (name: string): string => course.members.find((member) => member.name === name)!.userId;
  const link = () => course.resourceLinks.at(-1)!;
  const column = () => course.gradebook.lineItem(link().lineItemUrl!);

  /** Launches the tool as a user. Returns a function that calls it as the page's script does. */
  async function launchAs(name: string, launch: { messageType?: string; resourceLinkId?: string }) {
    const browser = lms.browser();
    const answer = await lms.launch(
      { contextId: course.contextId, userId: userIdOf(name), ...launch },
      browser,
    );
    const page = await browser.submit(answer);
    const token = /data-token="([^"]+)"/.exec(page.body)?.[1] ?? '';
    const url = await app.getUrl();
    const call = async <T>(path: string, body?: object): Promise<T> => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const post = body && { method: 'POST', body: JSON.stringify(body) };
      const response = await fetch(url + path, { headers, ...post });
      const content = await response.text();
      if (!response.ok) throw new Error(`${response.status} ${content}`);
      return JSON.parse(content) as T;
    };
    return { browser, call };
  }

  it('begins when the teacher picks a quiz in the LMS: the course has its link and a column of two points', async () => {
    const { browser, call } = await launchAs('Ada Lovelace', { messageType: 'LtiDeepLinkingRequest' });
    expect(await call('/picker/quizzes')).toContainEqual({ id: 'fractions', title: 'Fractions' });
    const { returnUrl, jwt } = await call<{ returnUrl: string; jwt: string }>('/picker/pick', {
      quiz: 'fractions',
    });
    await browser.post(returnUrl, { JWT: jwt });

    expect(link()).toMatchObject({ title: 'Fractions', custom: { quiz: 'fractions' } });
    expect(column().content.scoreMaximum).toBe(2);
  });

  it('goes on when the teacher opens the link, and sees who is in the course', async () => {
    const { call } = await launchAs('Ada Lovelace', { resourceLinkId: link().id });
    expect(await call('/quiz/learners')).toEqual(['Emmy Noether', 'Carl Gauss']);
  });

  it('is not for learners to see who else is in the course', async () => {
    const { call } = await launchAs('Carl Gauss', { resourceLinkId: link().id });
    await expect(call('/quiz/learners')).rejects.toThrow('403');
  });

  it('ends with a grade: a learner answers one of two questions, and the gradebook has one point', async () => {
    const { call } = await launchAs('Emmy Noether', { resourceLinkId: link().id });
    expect(await call<Question>('/quiz/questions')).toEqual({
      title: 'Fractions',
      questions: ['1/2 + 1/4', '1/2 x 1/4'],
    });
    expect(await call('/quiz/answers', { answers: ['3/4', '1/6'] })).toEqual({ points: 1, of: 2 });
    expect(await course.gradebook.untilScored(userIdOf('Emmy Noether'))).toBe(1);
  });

  it('loses no grade while the LMS is down: it waits, and is sent when an operator resumes the deliveries', async () => {
    lms.faults.add({ kind: 'server-error', on: 'scores' });
    const passback = app.get(GradePassbackService, { strict: false });
    const { call } = await launchAs('Carl Gauss', { resourceLinkId: link().id });
    expect(await call('/quiz/answers', { answers: ['3/4', '1/8'] })).toEqual({ points: 2, of: 2 });
    const resumed = async () => {
      await passback.resume(registration.id);
      expect(column().resultScore(userIdOf('Carl Gauss'))).toBe(2);
    };
    await vi.waitFor(resumed, { timeout: 20_000, interval: 200 });
  });

  it('needs one token for all of that', () => {
    expect(lms.counts.tokenRequests).toBe(1);
  });
});
