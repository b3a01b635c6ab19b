import { readFileSync } from 'node:fs';
import { type Page } from 'playwright-core';
import request, { type Response } from 'supertest';
import { SimulatedPlatform } from '../../src/testing/index.js';
import { STANDALONE_API_KEY, StandaloneService } from './standalone-service.js';
import { until } from './until.js';

/** Text that would run as a script, if a page took it for HTML. */
export const MARKUP = '<img src=x onerror="document.title=`ran`"><b>Algebra</b>';

export const READ_KEY_NAME = 'a reader';

/** The service with a registration, a synced course and a rejected score, at a simulated Moodle. */
export class DashboardScene {
  private constructor(
    readonly lms: SimulatedPlatform,
    readonly service: StandaloneService,
    readonly readKey: string,
    readonly registrationId: string,
    readonly courseId: string,
  ) {}

  static async start(): Promise<DashboardScene> {
    const lms = await SimulatedPlatform.start({ family: 'moodle', throttles: false });
    const service = await StandaloneService.start({ ALLOW_PRIVATE_NETWORKS: 'true' });
    const api = async (
      method: 'get' | 'post',
      path: string,
      body: object = {},
    ): Promise<Response['body']> => {
      const sent = request(service.url)
        [method](`/api/v1/${path}`)
        .auth(STANDALONE_API_KEY, { type: 'bearer' });
      const response = await (method === 'get' ? sent : sent.send(body));
      if (response.status >= 300) throw new Error(`${path} answered ${response.status}: ${response.text}`);
      return response.body;
    };
    const { key } = await api('post', 'api-keys', { name: READ_KEY_NAME, scope: 'read' });
    const clientId = 'dashboard-tool';
    lms.addTool({ clientId, deploymentIds: ['1'], jwksUrl: `${service.url}/lti/jwks.json` });
    const { issuer, authorizationUrl, tokenUrl, jwksUrl } = lms;
    const { id: registrationId } = await api('post', 'registrations', {
      name: `Springfield ${MARKUP}`,
      ...{ issuer, clientId, authorizationUrl, tokenUrl, jwksUrl },
      platformFamily: 'moodle',
      deployments: ['1'],
    });
    const course = lms.addCourse({
      members: [
        { name: `Ada ${MARKUP}`, email: 'ada@example.edu', roles: ['Instructor'] },
        { name: 'Grace Hopper', email: 'grace@example.edu', roles: ['Learner'] },
      ],
    });
    course.gradebook.addLineItem({ label: `Quiz ${MARKUP}`, scoreMaximum: 20 });
    const { contextId, membershipsUrl, lineItemsUrl } = course;
    const { id: courseId } = await api('post', 'courses', {
      ...{ registrationId, deploymentId: '1', contextId, title: MARKUP, membershipsUrl, lineItemsUrl },
    });
    const run = await api('post', `courses/${courseId}/sync`);
    await until('the first sync has ended', async () => {
      const { status } = await api('get', `sync-runs/${run.id}`);
      return status === 'completed' ? true : undefined;
    });
    return new DashboardScene(lms, service, key, registrationId, courseId);
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
