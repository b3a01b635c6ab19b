import { type RequestedRun } from '../../src/courses/sync-run.schema.js';
import { LtiTestApp } from '../support/lti-app.js';
import { idsOf, type SyncedCourse, SyncedPlatform } from '../support/synced-platform.js';
import { until } from '../support/until.js';

const TOKEN_LIFE_MS = 3_600_000;
/** A token counts as expired this long before its end. */
const MARGIN_MS = 60_000;

describe('the token of course syncs', () => {
  let lti: LtiTestApp;
  let synced: SyncedPlatform;
  beforeAll(async () => (lti = await LtiTestApp.start()));
  beforeEach(async () => (synced = await SyncedPlatform.start(lti, { family: 'canvas' })));
  afterEach(() => synced.stop());
  afterAll(() => lti.stop());

  const tokenRequests = () => synced.platform.counts.tokenRequests;
  /** Starts a sync, and advances the clock while the platform sends the page after `pages`. */
  const syncWhile = async (course: SyncedCourse, pages: number, passing: number) => {
    synced.platform.faults.add({ kind: 'latency', ms: passing, after: pages, on: 'memberships' });
    const { id } = await synced.request(course);
    await lti.clock.untilSleeping();
    lti.clock.advance(passing);
    return synced.untilEnded(id);
  };

  it('is the same for all courses of a registration, whichever requests it first', async () => {
    const courses = [];
    for (let count = 1; count <= 5; count += 1) courses.push(await synced.addCourse(60));
    const { body } = await lti.api('post', `/api/v1/registrations/${synced.registrationId}/sync`).expect(202);
    const requested = body.runs as RequestedRun[];
    const runs = await Promise.all(requested.map(({ id }) => synced.untilEnded(id)));
    expect(runs).toHaveLength(5);
    expect(runs.every(({ status }) => status === 'completed')).toBe(true);
    expect(tokenRequests()).toBe(1);
    expect(runs.reduce((sum, { counts }) => sum + counts.tokenRequests, 0)).toBe(1);
    for (const course of courses) expect(await synced.memberIds(course)).toEqual(idsOf(course));
  });

  it('is used by the next sync too', async () => {
    const course = await synced.addCourse(60);
    await synced.sync(course);
    expect(await synced.sync(course)).toMatchObject({ counts: { tokenRequests: 0 } });
    expect(tokenRequests()).toBe(1);
  });

  it('is renewed before a page when it is about to expire during a sync', async () => {
    const course = await synced.addCourse(150);
    const run = await syncWhile(course, 1, TOKEN_LIFE_MS - MARGIN_MS);
    expect(run).toMatchObject({ status: 'completed', counts: { added: 150, pages: 3, tokenRequests: 2 } });
    expect(tokenRequests()).toBe(2);
    expect(synced.platform.counts.rejected).toEqual({});
    expect(await synced.memberIds(course)).toEqual(idsOf(course));
  });

  it('is renewed when it expires during the request for a page', async () => {
    const course = await synced.addCourse(150);
    const run = await syncWhile(course, 1, TOKEN_LIFE_MS);
    expect(run).toMatchObject({ status: 'completed', counts: { added: 150, pages: 3, tokenRequests: 2 } });
    expect(tokenRequests()).toBe(2);
    expect(synced.platform.counts.rejected).toEqual({ expired_token: 1 });
  });

  it('is renewed when the platform revokes it during a sync', async () => {
    const course = await synced.addCourse(150);
    await synced.sync(course);
    lti.clock.advance(MARGIN_MS);
    synced.platform.faults.add({ kind: 'unauthorized', on: 'memberships', after: 2, expireToken: true });
    expect(await synced.sync(course)).toMatchObject({
      status: 'completed',
      counts: { unchanged: 150, pages: 3, tokenRequests: 1 },
    });
    expect(tokenRequests()).toBe(2);
  });

  it('is not renewed for a course that the tool was removed from: that course fails, and the others are synced', async () => {
    const course = await synced.addCourse(60);
    const other = await synced.addCourse(60);
    await synced.sync(course);
    lti.clock.advance(10 * MARGIN_MS);
    synced.platform.withdrawTool(course.lms.contextId);
    for (let time = 1; time <= 3; time += 1) {
      const run = await synced.sync(course);
      expect(run).toMatchObject({ status: 'failed', error: { code: 'authentication_failed' } });
      expect(run.error?.message).toContain('The tool may have been removed from this course');
    }
    expect(await synced.sync(other)).toMatchObject({ status: 'completed', counts: { added: 60 } });
    expect(await synced.memberIds(course)).toEqual(idsOf(course));
    expect(tokenRequests()).toBe(2);
  });

  it('is requested again after an edit of the registration', async () => {
    const course = await synced.addCourse(60);
    await synced.sync(course);
    await lti.api('patch', `/api/v1/registrations/${synced.registrationId}`, { name: 'Renamed' }).expect(200);
    expect(await synced.sync(course)).toMatchObject({ counts: { tokenRequests: 1 } });
    expect(tokenRequests()).toBe(2);
  });

  it('is one for each deployment where the registration has deploymentInAssertion, for syncs and scores alike', async () => {
    const { platform, registrationId, clientId } = synced;
    const [deploymentIds, jwksUrl] = [['1', '2'], lti.jwksUrl];
    platform.addTool({ clientId, jwksUrl, deploymentIds, requiresDeploymentInAssertion: true });
    const change = { deployments: deploymentIds, deploymentInAssertion: true };
    await lti.api('patch', `/api/v1/registrations/${registrationId}`, change).expect(200);
    const courses = [];
    for (const deploymentId of ['1', '2', '1'])
      courses.push(await synced.addWhole({ deploymentId, members: 2, coupledLineItem: true }));
    for (const course of courses) {
      expect(await synced.sync(course)).toMatchObject({ status: 'completed', gradesError: null });
      const [item] = await synced.lineItems(course);
      const { userId } = course.lms.learner;
      const score = { lineItemId: item!.id, userId, scoreGiven: 5, scoreMaximum: 10 };
      await lti.api('post', `/api/v1/courses/${course.id}/scores`, [score]).expect(202);
      await until('the score at the platform', () => {
        const [{ results } = { results: [] }] = platform.gradebook(course.lms.contextId);
        return Promise.resolve(results.length === 1 ? true : undefined);
      });
    }
    expect(platform.issuedTokens.map(({ deploymentId }) => deploymentId)).toEqual(['1', '2']);
    expect(platform.counts.rejected).toEqual({});
  });

  it('omits a scope for which the platform refuses the whole request', async () => {
    synced.platform.addTool({
      clientId: synced.clientId,
      jwksUrl: lti.jwksUrl,
      scopes: ['https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly'],
    });
    const course = await synced.addCourse(60);
    expect(await synced.sync(course)).toMatchObject({ status: 'completed', counts: { tokenRequests: 2 } });
    expect(await synced.sync(course)).toMatchObject({ status: 'completed', counts: { tokenRequests: 0 } });
    expect(tokenRequests()).toBe(2);
  });
});
