import request from 'supertest';
import { type SyncRunView } from '../../src/courses/sync-run.schema.js';
import { type SimulatedCourse, type SimulatedPlatform } from '../../src/testing/index.js';
import { until } from './until.js';

export const SERVICE_API_KEY = 'a-key-for-end-to-end-tests';

/** The service's API as an operator calls it, at the present address of its process. */
export class ServiceApi {
  constructor(private readonly url: string) {}

  async post(path: string, body: object = {}): Promise<{ id: string }> {
    const response = await request(this.url)
      .post(path)
      .set('Authorization', `Bearer ${SERVICE_API_KEY}`)
      .send(body);
    if (response.status >= 300) throw new Error(`${path} answered ${response.status}: ${response.text}`);
    return response.body;
  }

  async get<T>(path: string): Promise<T> {
    const response = await request(this.url).get(path).set('Authorization', `Bearer ${SERVICE_API_KEY}`);
    if (response.status !== 200) throw new Error(`${path} answered ${response.status}: ${response.text}`);
    return response.body;
  }

  /** Registers the tool with the platform and the platform with the tool; returns the registration's id. */
  async register(lms: SimulatedPlatform, clientId: string): Promise<string> {
    lms.addTool({ clientId, deploymentIds: ['1'], jwksUrl: `${this.url}/lti/jwks.json` });
    const { issuer, authorizationUrl, tokenUrl, jwksUrl } = lms;
    const body = { name: 'LMS', issuer, clientId, authorizationUrl, tokenUrl, jwksUrl, deployments: ['1'] };
    return (await this.post('/api/v1/registrations', body)).id;
  }

  async addCourse(
    registrationId: string,
    { contextId, title, membershipsUrl }: SimulatedCourse,
  ): Promise<string> {
    const body = { registrationId, deploymentId: '1', contextId, title, membershipsUrl };
    return (await this.post('/api/v1/courses', body)).id;
  }

  untilRun(id: string, what: string, is: (run: SyncRunView) => boolean): Promise<SyncRunView> {
    return until(`sync run ${id} ${what}`, async () => {
      const run = await this.get<SyncRunView>(`/api/v1/sync-runs/${id}`);
      return is(run) ? run : undefined;
    });
  }

  /** All user ids of a course, page by page. */
  async userIds(courseId: string): Promise<string[]> {
    const ids: string[] = [];
    for (let cursor = ''; ;) {
      const after = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page = await this.get<{ items: { userId: string }[]; nextCursor?: string }>(
        `/api/v1/courses/${courseId}/members?limit=500${after}`,
      );
      ids.push(...page.items.map(({ userId }) => userId));
      if (page.nextCursor === undefined) return ids;
      cursor = page.nextCursor;
    }
  }
}
