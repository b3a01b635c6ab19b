import { type FaultInput } from '../../src/testing/index.js';
import { LoopbackServer } from '../support/loopback-server.js';
import { LtiTestApp } from '../support/lti-app.js';
import { idsOf, queueOf, SyncedPlatform } from '../support/synced-platform.js';

/** The time-out for 2,000 pages on a busy machine. */
const LONG_MS = 90_000;

describe('a course sync that cannot end well', () => {
  let lti: LtiTestApp;
  let synced: SyncedPlatform;
  beforeAll(async () => (lti = await LtiTestApp.start()));
  beforeEach(async () => (synced = await SyncedPlatform.start(lti, { family: 'canvas' })));
  afterEach(() => synced.stop());
  afterAll(() => lti.stop());

  it('is retried by REST as a new run of its course, and only if it has failed', async () => {
    const course = await synced.addCourse(3);
    const retry = (id: string) => lti.api('post', `/api/v1/sync-runs/${id}/retry`);
    synced.platform.faults.add({ kind: 'html', on: 'memberships' });
    const failed = await synced.sync(course);
    const { body: list } = await lti.api('get', `/api/v1/sync-runs?status=failed&courseId=${course.id}`);
    expect(list.items).toMatchObject([{ id: failed.id, error: { code: 'memberships_unreadable' } }]);

    const queue = queueOf(lti);
    await queue.pause();
    const first = await retry(failed.id).expect(202);
    expect((await retry(failed.id).expect(202)).body).toEqual(first.body);
    const { id } = first.body as { id: string };
    expect((await retry(id).expect(202)).body).toEqual(first.body);
    await queue.resume();
    expect(await synced.untilEnded(id)).toMatchObject({ status: 'completed', trigger: 'request' });
    expect(await synced.run(failed.id)).toEqual(failed);

    expect((await retry(id).expect(409)).body).toMatchObject({ code: 'sync_run_not_failed' });
    expect((await retry(course.id).expect(404)).body).toMatchObject({ code: 'sync_run_not_found' });
    await lti.api('delete', `/api/v1/courses/${course.id}`).expect(204);
    expect((await retry(failed.id)).body).toMatchObject({ status: 404 });
  });

  it.each<[string, FaultInput, string, string]>([
    ['cuts the connection', { kind: 'cut', times: 2 }, 'platform_unreachable', 'the connection was cut'],
    [
      'cuts its answer',
      { kind: 'cut', when: 'mid-body' },
      'platform_unreachable',
      'before the answer was complete',
    ],
    ['answers with a page for humans', { kind: 'html' }, 'memberships_unreadable', 'an HTML page'],
    ['answers with broken JSON', { kind: 'broken-json' }, 'memberships_unreadable', 'broken JSON'],
    ['leads to another host', { kind: 'foreign-next' }, 'foreign_next_link', 'that link is not followed'],
    ['leads round in a circle', { kind: 'loop' }, 'page_loop', 'Its paging is broken'],
    ['sends us elsewhere', { kind: 'redirect' }, 'platform_redirect_refused', 'redirects are not followed'],
    [
      'answers without end',
      { kind: 'huge', mebibytes: 33 },
      'platform_response_too_large',
      'If this is a list, request smaller pages',
    ],
    [
      'is down for a day',
      { kind: 'unavailable', retryAfter: 86_400 },
      'platform_throttled',
      'throttles our requests',
    ],
  ])(
    'reports that the platform %s on its second page, and removes no member',
    async (_, fault, code, words) => {
      const course = await synced.addCourse(120);
      await synced.sync(course);
      const before = idsOf(course);
      course.lms.members.splice(0, 3);
      synced.platform.faults.add({ ...fault, on: 'memberships', after: 1 } as FaultInput);

      const run = await synced.sync(course);
      expect(run).toMatchObject({
        status: 'failed',
        counts: { added: 0, removed: 0 },
        error: { code },
        retryAt: null,
      });
      expect(run.finishedAt).not.toBeNull();
      expect(run.error?.message).toContain(words);
      expect(await synced.memberIds(course)).toEqual(before);

      synced.platform.faults.clear();
      lti.clock.advance(86_400_000);
      expect(await synced.sync(course)).toMatchObject({ status: 'completed', counts: { removed: 3 } });
    },
  );

  it('reports that the platform refuses connections', async () => {
    const server = await LoopbackServer.start(() => undefined);
    const course = await synced.addCourse(3, server.url('/members'));
    await server.stop();
    const run = await synced.sync(course);
    expect(run).toMatchObject({ status: 'failed', error: { code: 'platform_unreachable' } });
    expect(run.error?.message).toContain('the connection was refused. Check that the platform is up');
  });

  it.each([
    [403, 'Ask its administrator to enable the names and roles service'],
    [404, 'Launch the tool from the course again, or delete the course here.'],
    [410, 'Delete it here.'],
  ])('says what to do about a %d', async (status, words) => {
    const server = await LoopbackServer.start((response) => response.writeHead(status).end('{"error":"no"}'));
    const run = await synced.sync(await synced.addCourse(3, server.url('/members')));
    await server.stop();
    expect(run).toMatchObject({ status: 'failed', error: { code: 'memberships_refused' } });
    expect(run.error?.message).toContain(`with ${status} (no)`);
    expect(run.error?.message).toContain(words);
  });

  it('removes no member when a Link header speaks of a next page and gives no URL', async () => {
    const members = Array.from({ length: 44 }, (_, nth) => ({ user_id: `u${nth}` }));
    let isBroken = false;
    const server = await LoopbackServer.start((response) => {
      if (isBroken) response.setHeader('link', 'http://lms/m?p=2; rel="next"');
      response.end(JSON.stringify({ members: isBroken ? members.slice(0, 40) : members }));
    });
    const course = await synced.addCourse(0, server.url('/members'));
    expect(await synced.sync(course)).toMatchObject({ status: 'completed', counts: { added: 44 } });
    isBroken = true;
    expect(await synced.sync(course)).toMatchObject({
      status: 'failed',
      counts: { removed: 0 },
      error: { code: 'unreadable_next_link' },
    });
    expect(await synced.memberIds(course)).toHaveLength(44);
    await server.stop();
  });

  it(
    'reports a roster that never ends, and stops',
    async () => {
      const server = await LoopbackServer.start((response, _, nth) => {
        response.setHeader('link', `</members?page=${nth + 1}>; rel="next"`);
        response.end(JSON.stringify({ members: nth % 40 === 0 ? [{ user_id: `u${nth}` }] : [] }));
      });
      const course = await synced.addCourse(0, server.url('/members'));
      const run = await synced.sync(course, LONG_MS);
      await server.stop();
      expect(run).toMatchObject({
        status: 'failed',
        counts: { pages: 2000 },
        error: { code: 'too_many_pages' },
      });
      expect(run.error?.message).toContain('has more than 2000 pages of members');
    },
    LONG_MS,
  );

  it('reports that the token does not cover the service', async () => {
    const course = await synced.addCourse(3);
    synced.platform.faults.add({ kind: 'smaller-scope', times: 'always' });
    const run = await synced.sync(course);
    expect(run).toMatchObject({
      status: 'failed',
      error: { code: 'scope_mismatch' },
      counts: { tokenRequests: 1 },
    });
    expect(run.error?.message).toContain('Ask its administrator to enable that service for this tool.');
    expect(synced.platform.counts.membershipRequests).toBe(0);
  });

  it.each([
    ['says that a token lives for ever', { kind: 'expires-in', value: 1e15 }],
    ['says that a token is dead already', { kind: 'expires-in', value: -1 }],
    ['does not say how long a token lives', { kind: 'expires-in' }],
    ['says it in words', { kind: 'expires-in', value: 'an hour' }],
  ] as const)('fails when the token end point %s', async (_, fault) => {
    synced.platform.faults.add({ ...fault, times: 'always' });
    const course = await synced.addCourse(120);
    expect(await synced.sync(course)).toMatchObject({
      status: 'completed',
      counts: { added: 120, pages: 3, tokenRequests: 1 },
    });
  });

  it('does not delay the syncs of another platform', async () => {
    const well = await SyncedPlatform.start(lti, { family: 'moodle' });
    synced.platform.faults.add({ kind: 'cut', on: 'memberships', times: 'always' });
    const failing = [];
    for (let count = 1; count <= 6; count += 1) failing.push(await synced.addCourse(10));
    const course = await well.addCourse(100);
    const { body } = await lti.api('post', `/api/v1/registrations/${synced.registrationId}/sync`).expect(202);

    expect(await well.sync(course)).toMatchObject({ status: 'completed', counts: { added: 100 } });
    for (const { id } of body.runs as { id: string }[]) {
      expect(await synced.untilEnded(id)).toMatchObject({
        status: 'failed',
        error: { code: 'platform_unreachable' },
      });
    }
    expect(failing).toHaveLength(body.runs.length as number);
    await well.stop();
  });
});
