import { readFileSync } from 'node:fs';
import { type Page } from 'playwright-core';
import request, { type Response } from 'supertest';
import { type OutboxScoreView } from '../../src/grade-passback/outbox.schema.js';
import { type SimulatedCourse, SimulatedPlatform } from '../../src/testing/index.js';
import { registrationBody } from './registration-body.js';
import { sql } from './sql.js';
import { STANDALONE_API_KEY, StandaloneService } from './standalone-service.js';
import { until } from './until.js';

type ApiMethod = 'get' | 'post' | 'put';

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

  /** A registration with 4 completed syncs and the like in each hour of a day, up to the next hour: it may begin before a page is read. */
  async countSome(): Promise<string> {
    const { id } = await this.api(
      'post',
      'registrations',
      registrationBody({ name: 'Ogdenville High', clientId: 'counted' }),
    );
    await this.sql(
      `INSERT INTO nest_lti.registration_statistic (registration_id, hour, launches, refused_launches, syncs, failed_syncs, scores,
         rejected_scores, token_requests, token_uses, failed_requests, request_ms, slowest_request_ms, throttled_ms)
       SELECT $1, date_trunc('hour', now()) - n * interval '1 hour', 10 * (n + 2), (n + 2) % 3, 4, (n + 2) % 2, 30, 0, 1, 9, 0, 1200, 400, 0
       FROM generate_series(-1, 25) n
       ON CONFLICT DO NOTHING`,
      [id],
    );
    return id as string;
  }

  /** A registration that lacks a deployment and a scope, one with a deployment to confirm, a disabled webhook, and an old signing key. */
  async makeOlder(): Promise<void> {
    const register = async (name: string, deployments: string[]): Promise<string> =>
      (await this.api('post', 'registrations', registrationBody({ name, clientId: name, deployments }))).id;
    const incomplete = await register('Brockway', []);
    const unconfirmed = await register('North Haverbrook', ['1']);
    await this.sql(`UPDATE nest_lti.registration SET refused_scopes = $2 WHERE id = $1`, [
      incomplete,
      JSON.stringify([
        {
          scope: 'https://purl.imsglobal.org/spec/lti-ags/scope/score',
          refusedAt: '2026-01-01T00:00:00.000Z',
        },
      ]),
    ]);
    await this.sql(
      `INSERT INTO nest_lti.deployment (id, registration_id, deployment_id, created_at, status)
       VALUES (gen_random_uuid(), $1, '77', now(), 'pending')`,
      [unconfirmed],
    );
    const webhook = await this.api('post', 'webhooks', { url: `${this.lms.issuer}/gone` });
    await this.sql(
      `UPDATE nest_lti.event_subscription SET status = 'disabled', reason = 'The receiver answered 410.' WHERE id = $1`,
      [webhook.id],
    );
    await this.sql(`UPDATE nest_lti.tool_key SET signs_from = now() - interval '400 days'`);
  }

  /** A sync whose platform answered with an error, and answers again. */
  async failRun(): Promise<string> {
    const { id } = await this.api('post', `courses/${this.courseId}/sync`);
    await until(
      'the sync has ended',
      async () => (await this.api('get', `sync-runs/${id}`)).finishedAt ?? undefined,
    );
    await this.sql(
      `UPDATE nest_lti.sync_run SET status = 'failed', error_code = 'platform_unreachable', message = 'The platform did not answer.'
       WHERE id = $1`,
      [id],
    );
    return id;
  }

  /** A user who has authorized the tool. */
  async grant(userId: string): Promise<void> {
    await this.api('put', `registrations/${this.registrationId}/user-grant-client`, {
      ...{ provider: 'canvas', clientId: 'client', clientSecret: 'a secret', apiUrl: this.lms.issuer },
      unverified: 'allow',
    });
    await this.sql(
      `INSERT INTO nest_lti.user_grant (id, registration_id, user_id, status, scopes, asked_scopes, authorized_at, created_at,
         updated_at, user_grant_client_id)
       SELECT gen_random_uuid(), registration_id, $2, 'needs_authorization', '{}', '{}', now(), now(), now(), id
       FROM nest_lti.user_grant_client WHERE registration_id = $1`,
      [this.registrationId, userId],
    );
  }

  private async sql(statement: string, values: unknown[] = []): Promise<void> {
    await sql(this.service.database.url, statement, values);
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
