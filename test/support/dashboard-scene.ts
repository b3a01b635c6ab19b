import { readFileSync } from 'node:fs';
import { type Page } from 'playwright-core';
import request, { type Response } from 'supertest';
import { type OutboxScoreView } from '../../src/grade-passback/outbox.schema.js';
import { type SimulatedCourse, SimulatedPlatform } from '../../src/testing/index.js';
import { STANDALONE_API_KEY, StandaloneService } from './standalone-service.js';
import { until } from './until.js';

type ApiMethod = 'get' | 'post';

async function callApi(
  service: StandaloneService,
  method: ApiMethod,
  path: string,
  body: object,
): Promise<Response['body']> {
  const sent = request(service.url)[method](`/api/v1/${path}`).auth(STANDALONE_API_KEY, { type: 'bearer' });
  const response = await (method === 'get' ? sent : sent.send(body));
  if (response.status >= 300) throw new Error(`${path} answered ${response.status}: ${response.text}`);
  return response.body;
}

/** Text that would run as a script, if a page took it for HTML. */
export const MARKUP = '<img src=x onerror="document.title=`ran`"><b>Algebra</b>';

export const READ_KEY_NAME = 'a reader';

/** The school whose administrator has switched the tool off. */
export const REFUSING_SCHOOL = 'Shelbyville';

const REFUSED_CLIENT = 'refused-tool';

/** A user that the platform does not know. */
export const UNKNOWN_USER = '999999';

/**
 * The service at a simulated Moodle, with one fault of each kind: a score that the platform rejected, a course that lost most of its
 * members, and a second registration that the platform refuses, so that its scores are suspended.
 */
export class DashboardScene {
  private constructor(
    readonly lms: SimulatedPlatform,
    readonly service: StandaloneService,
    readonly readKey: string,
    readonly registrationId: string,
    readonly courseId: string,
    readonly suspiciousRunId: string,
    readonly refusingRegistrationId: string,
  ) {}

  /** The administrator of the refusing school switches the tool on again. */
  mendRefusingSchool(): void {
    this.lms.switchKey(REFUSED_CLIENT, 'on');
  }

  static async start(): Promise<DashboardScene> {
    const lms = await SimulatedPlatform.start({ family: 'moodle', throttles: false });
    const service = await StandaloneService.start({ ALLOW_PRIVATE_NETWORKS: 'true' });
    const api = (method: ApiMethod, path: string, body: object = {}): Promise<Response['body']> =>
      callApi(service, method, path, body);
    const ended = (runId: string): Promise<string> =>
      until('the sync has ended', async () => {
        const { status, finishedAt } = await api('get', `sync-runs/${runId}`);
        return finishedAt === null ? undefined : (status as string);
      });
    const { key } = await api('post', 'api-keys', { name: READ_KEY_NAME, scope: 'read' });
    const register = async (name: string, clientId: string): Promise<string> => {
      lms.addTool({ clientId, deploymentIds: ['1'], jwksUrl: `${service.url}/lti/jwks.json` });
      const { issuer, authorizationUrl, tokenUrl, jwksUrl } = lms;
      const { id } = await api('post', 'registrations', {
        ...{ name, issuer, clientId, authorizationUrl, tokenUrl, jwksUrl },
        platformFamily: 'moodle',
        deployments: ['1'],
      });
      return id;
    };
    const registrationId = await register(`Springfield ${MARKUP}`, 'dashboard-tool');
    const course = lms.addCourse({
      members: [
        { name: `Ada ${MARKUP}`, email: 'ada@example.edu', roles: ['Instructor'] },
        { name: 'Grace Hopper', email: 'grace@example.edu', roles: ['Learner'] },
      ],
    });
    const addCourse = async (
      owner: string,
      title: string,
      { contextId, membershipsUrl, lineItemsUrl }: SimulatedCourse,
    ): Promise<string> => {
      const place = {
        registrationId: owner,
        deploymentId: '1',
        contextId,
        title,
        membershipsUrl,
        lineItemsUrl,
      };
      return (await api('post', 'courses', place)).id;
    };
    const quiz = course.gradebook.addLineItem({ label: `Quiz ${MARKUP}`, scoreMaximum: 20 });
    const courseId = await addCourse(registrationId, MARKUP, course);
    await ended((await api('post', `courses/${courseId}/sync`)).id);
    const score = (lineItemId: string, userId: string) => [
      { lineItemId, userId, scoreGiven: 17, scoreMaximum: 20 },
    ];
    await api('post', `courses/${courseId}/scores`, score(quiz.url, UNKNOWN_USER));

    const shrunk = lms.addCourse({ members: 12 });
    const shrunkId = await addCourse(registrationId, 'Biology', shrunk);
    await ended((await api('post', `courses/${shrunkId}/sync`)).id);
    for (const { userId } of shrunk.members.slice(2)) shrunk.removeMember(userId);
    const { id: suspiciousRunId } = await api('post', `courses/${shrunkId}/sync`);
    await ended(suspiciousRunId);

    const refusingRegistrationId = await register(REFUSING_SCHOOL, REFUSED_CLIENT);
    const physics = lms.addCourse({ members: 3 });
    const lab = physics.gradebook.addLineItem({ label: 'Lab report', scoreMaximum: 20 });
    const physicsId = await addCourse(refusingRegistrationId, 'Physics', physics);
    lms.switchKey(REFUSED_CLIENT, 'off');
    await api('post', `courses/${physicsId}/scores`, score(lab.url, physics.learner.userId));
    await until('scores are suspended, and one is rejected', async () => {
      const [suspended, rejected] = await Promise.all([
        api('get', 'suspensions'),
        api('get', 'scores?status=rejected'),
      ]);
      return suspended.items.length > 0 && rejected.items.length > 0 ? true : undefined;
    });
    return new DashboardScene(
      ...([lms, service, key, registrationId, courseId, suspiciousRunId, refusingRegistrationId] as const),
    );
  }

  /** Calls the REST API as a program with a key that may write. */
  api(method: ApiMethod, path: string, body: object = {}): Promise<Response['body']> {
    return callApi(this.service, method, path, body);
  }

  /** Waits until the list of scores has one, and each fulfils the condition. */
  async untilScores(query: string, condition: (score: OutboxScoreView) => boolean): Promise<void> {
    await until('the scores are as expected', async () => {
      const { items } = (await this.api('get', `scores?${query}`)) as { items: OutboxScoreView[] };
      return (items.length > 0 && items.every(condition)) || undefined;
    });
  }

  /** The address of a page of the dashboard. */
  at(path = ''): string {
    return `${this.service.url}/dashboard/${path}`;
  }

  async stop(): Promise<void> {
    await this.service.stop();
    await this.lms.stop();
  }
}

/** Signs in on the page that asks for a key. */
export async function signIn(page: Page, apiKey: string = STANDALONE_API_KEY): Promise<void> {
  await page.getByLabel('API key').fill(apiKey);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds on the page, as `rule: element`. */
export async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = await page.evaluate<{ id: string; nodes: { html: string; failureSummary: string }[] }[]>(
    'axe.run().then(({ violations }) => violations)',
  );
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  );
}
