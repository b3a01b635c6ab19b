import { lineItemKey } from '../../src/lti-services/grades/line-item-urls.js';
import { DeliveryScheduler } from '../../src/grade-passback/delivery.scheduler.js';
import { SimulatedPlatform } from '../../src/testing/index.js';
import { LtiTestApp } from '../support/lti-app.js';
import { dataSourceOf } from '../support/membership-versions.js';
import { type SyncedCourse, SyncedPlatform } from '../support/synced-platform.js';
import { until } from '../support/until.js';

const NEW = 'https://new.example.edu';

describe('a platform that has moved', () => {
  let lti: LtiTestApp;
  let synced: SyncedPlatform;
  let old: string;
  beforeAll(async () => {
    lti = await LtiTestApp.start();
  });
  beforeEach(async () => {
    synced = await SyncedPlatform.start(lti, { family: 'generic' });
    old = new URL(synced.platform.tokenUrl).origin;
  });
  afterEach(() => synced.stop());
  afterAll(() => lti.stop());

  const sql = <T>(query: string, parameters: unknown[] = []) =>
    dataSourceOf(lti).query<T[]>(query, parameters);
  const move = (body: object, status = 200) =>
    lti.api('post', `/api/v1/registrations/${synced.registrationId}/move`, body).expect(status);
  /** Scores in the outbox and stored line items have one key. */
  const scoresOfStoredLineItems = async ({ id }: SyncedCourse): Promise<number> => {
    const rows = await sql(
      `SELECT FROM nest_lti.outbox_score JOIN nest_lti.line_item USING (course_id, line_item_key) WHERE course_id = $1`,
      [id],
    );
    return rows.length;
  };
  const passback = (action: 'pause' | 'resume') =>
    lti.api('post', `/api/v1/registrations/${synced.registrationId}/delivery/${action}`).expect(200);
  const onNew = (url: string): string => url.replace(old, NEW);

  /** A course with a line item, a result, a resource link and a pending score. */
  const graded = async (): Promise<SyncedCourse & { itemUrl: string }> => {
    const course = await synced.addGradedCourse(3);
    const item = course.lms.gradebook.addLineItem({ label: 'Quiz', scoreMaximum: 10 });
    await synced.sync(course);
    const itemUrl = (await synced.lineItems(course))[0]!.id;
    await sql(
      `INSERT INTO nest_lti.resource_link (course_id, resource_link_id, title, line_item_url, created_at, updated_at)
       VALUES ($1, 'link', NULL, $2, now(), now())`,
      [course.id, itemUrl],
    );
    await sql(
      `INSERT INTO nest_lti.result (course_id, line_item_key, user_id, result_score, result_maximum, extensions,
         fingerprint, updated_at)
       SELECT course_id, line_item_key, 'user-00002', 5, 10, '{}', 'x', now() FROM nest_lti.line_item
       WHERE course_id = $1`,
      [course.id],
    );
    const score = {
      userId: 'user-00002',
      lineItemId: itemUrl,
      scoreGiven: 7,
      scoreMaximum: 10,
      activityProgress: 'Completed',
      gradingProgress: 'FullyGraded',
    };
    await passback('pause');
    await lti.api('post', `/api/v1/courses/${course.id}/scores`, [score]).expect(202);
    expect(item).toBeDefined();
    return { ...course, itemUrl };
  };

  it('has its stored URLs counted by a dry run, which changes none', async () => {
    const course = await graded();
    const { body } = await move({ from: old, to: NEW, dryRun: true });
    expect(body).toEqual({
      from: old,
      to: NEW,
      dryRun: true,
      moved: { courses: 1, resourceLinks: 1, lineItems: 1, results: 1, scores: 1 },
      mergedLineItems: 0,
      remainingCourses: 1,
    });
    const { body: shown } = await lti.api('get', `/api/v1/courses/${course.id}`);
    expect(shown.membershipsUrl).toBe(course.lms.membershipsUrl);
  });

  it('has the URLs of courses, links, line items, results and waiting scores moved, and keeps their identities', async () => {
    const course = await graded();
    const groups = { groupsUrl: course.lms.groupsUrl!, groupSetsUrl: course.lms.groupSetsUrl! };
    await lti.api('patch', `/api/v1/courses/${course.id}`, groups).expect(200);
    expect(await scoresOfStoredLineItems(course)).toBe(1);
    const { body } = await move({ from: `${old}/`, to: NEW });
    expect(body).toMatchObject({
      moved: { courses: 1, resourceLinks: 1, lineItems: 1, results: 1, scores: 1 },
      remainingCourses: 0,
    });
    const { body: shown } = await lti.api('get', `/api/v1/courses/${course.id}`);
    expect(shown).toMatchObject({
      id: course.id,
      membershipsUrl: onNew(course.lms.membershipsUrl),
      lineItemsUrl: onNew(course.lms.lineItemsUrl),
      groupsUrl: onNew(groups.groupsUrl),
      groupSetsUrl: onNew(groups.groupSetsUrl),
    });
    const itemUrl = onNew(course.itemUrl);
    expect(await synced.lineItems(course)).toMatchObject([{ id: itemUrl, label: 'Quiz', scoreMaximum: 10 }]);
    expect(await synced.results(course, { url: itemUrl })).toMatchObject([
      { userId: 'user-00002', resultScore: 5, lineItemId: itemUrl },
    ]);
    const { body: links } = await lti.api('get', `/api/v1/courses/${course.id}/resource-links`);
    expect(links.items).toMatchObject([{ resourceLinkId: 'link', lineItemId: itemUrl }]);
    const { body: scores } = await lti.api('get', `/api/v1/courses/${course.id}/scores`);
    expect(scores.items).toMatchObject([{ status: 'pending', lineItemId: itemUrl }]);
    expect(await sql('SELECT origin FROM nest_lti.outbox_score WHERE course_id = $1', [course.id])).toEqual([
      { origin: NEW },
    ]);
    expect(await scoresOfStoredLineItems(course)).toBe(1);
    expect(await synced.members(course)).toHaveLength(3);
  });

  it('has no URL moved by a second request', async () => {
    await graded();
    await move({ from: old, to: NEW });
    const { body } = await move({ from: old, to: NEW });
    expect(body.moved).toEqual({ courses: 0, resourceLinks: 0, lineItems: 0, results: 0, scores: 0 });
  });

  it('continues where a crash stopped it, when the same request is repeated', async () => {
    const first = await graded();
    const second = await graded();
    // Line items are moved and committed, and then the process dies at its first course.
    await sql(
      `CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'crashed'; END $$;
       CREATE TRIGGER crash BEFORE UPDATE ON nest_lti.course FOR EACH ROW EXECUTE FUNCTION crash()`,
    );
    await move({ from: old, to: NEW }, 500);
    await sql('DROP FUNCTION crash CASCADE');
    expect(await synced.lineItems(first)).toMatchObject([{ id: onNew(first.itemUrl) }]);
    const { body } = await move({ from: old, to: NEW });
    expect(body).toMatchObject({ moved: { courses: 2, lineItems: 1, scores: 1 }, remainingCourses: 0 });
    for (const course of [first, second]) {
      expect(await synced.lineItems(course)).toMatchObject([{ id: onNew(course.itemUrl) }]);
    }
  });

  it('has the rows merged that launches and syncs have already created for the new address', async () => {
    const course = await graded();
    const itemUrl = onNew(course.itemUrl);
    await move({ from: old, to: NEW });
    // Stores the old line item again, beside the moved one.
    const oldKey = lineItemKey(synced.registrationId, course.itemUrl);
    await sql(
      `INSERT INTO nest_lti.line_item
         (course_id, line_item_key, line_item_id, label, score_maximum, extensions, fingerprint, updated_at)
       SELECT course_id, $3, $2, 'Old label', score_maximum, extensions, fingerprint, updated_at
       FROM nest_lti.line_item WHERE course_id = $1`,
      [course.id, course.itemUrl, oldKey],
    );
    await sql(
      `INSERT INTO nest_lti.result (course_id, line_item_key, user_id, result_score, result_maximum, extensions,
         fingerprint, updated_at)
       VALUES ($1, $2, 'user-00002', 1, 10, '{}', 'x', now()), ($1, $2, 'user-00003', 3, 10, '{}', 'x', now())`,
      [course.id, oldKey],
    );
    const { body } = await move({ from: old, to: NEW });
    expect(body).toMatchObject({
      moved: { lineItems: 1, results: 1 },
      mergedLineItems: 1,
      remainingCourses: 0,
    });
    expect(await synced.lineItems(course)).toMatchObject([{ id: itemUrl, label: 'Quiz' }]);
    expect(await synced.results(course, { url: itemUrl })).toMatchObject([
      { userId: 'user-00002', resultScore: 5 },
      { userId: 'user-00003', resultScore: 3 },
    ]);
  });

  it.each([
    ['a path that only begins with it', (origin: string) => `${origin}/lti/cour`, 0],
    ['a path', (origin: string) => `${origin}/lti/courses`, 1],
    ['another host', () => 'https://other.example.edu', 0],
  ])('has only URLs below "from" moved: %s', async (_, from, courses) => {
    await graded();
    const { body } = await move({ from: from(old), to: NEW, dryRun: true });
    expect(body.moved.courses).toBe(courses);
  });

  it.each([
    ['to', (origin: string) => ({ from: origin, to: `${origin}/moodle` })],
    ['to', () => ({ from: 'https://a.example', to: 'ftp://b.example' })],
    ['from', () => ({ from: 'https://a.example?x=1', to: NEW })],
    ['from', () => ({ to: NEW })],
  ])('reports by its field that "%s" cannot be used', async (field, body) => {
    const { body: problem } = await move(body(old), 400);
    expect(problem).toMatchObject({ code: 'invalid_request', errors: [{ field }] });
  });

  it('lists, after an edit, the URLs that stay on the old origin, and moves none', async () => {
    const course = await graded();
    const edit = (body: object) =>
      lti.api('patch', `/api/v1/registrations/${synced.registrationId}`, body).expect(200);
    expect((await edit({ name: 'Another name' })).body).not.toHaveProperty('urlsOnOldOrigins');
    const urls = ['authorizationUrl', 'tokenUrl', 'jwksUrl'].map((name) => [name, `${NEW}/${name}`]);
    const { body } = await edit({ ...Object.fromEntries(urls), issuer: NEW });
    expect(body.urlsOnOldOrigins).toEqual([
      { origin: old, courses: 1, resourceLinks: 1, lineItems: 1, scores: 1 },
    ]);
    const { body: shown } = await lti.api('get', `/api/v1/courses/${course.id}`);
    expect(shown.membershipsUrl).toBe(course.lms.membershipsUrl);
  });

  it('has single courses corrected by hand, with URLs that may be called', async () => {
    const course = await graded();
    const edit = (body: object, status = 200) =>
      lti.api('patch', `/api/v1/courses/${course.id}`, body).expect(status);
    const urls = { membershipsUrl: `${NEW}/m`, lineItemsUrl: null, groupsUrl: `${NEW}/g` };
    lti.clock.advance(1000);
    const { body } = await edit(urls);
    expect(body).toMatchObject({
      ...urls,
      title: course.lms.title,
      nextSyncAt: lti.clock.now().toISOString(),
    });
    const { body: unsafe } = await edit({ membershipsUrl: 'http://169.254.169.254/m' }, 400);
    expect(unsafe).toMatchObject({ code: 'invalid_request', errors: [{ field: 'membershipsUrl' }] });
    await edit({}, 400);
    await edit({ contextId: 'x' }, 400);
  });

  it('redirects from its old address with 303: a score waits, and is posted once to the new address', async () => {
    const there = await SimulatedPlatform.start({ family: 'generic', clock: lti.clock });
    const course = await graded();
    const item = there
      .addCourse({ contextId: course.lms.contextId, members: 3 })
      .gradebook.addLineItem({ label: 'Quiz', scoreMaximum: 10 });
    there.addTool({ clientId: synced.clientId, jwksUrl: lti.jwksUrl });
    synced.platform.moveTo(there.url);
    const untilScore = (holds: (score: { status: string; error: { code: string } | null }) => boolean) =>
      until('the score', async () => {
        await lti.app.get(DeliveryScheduler, { strict: false }).tick();
        const { body } = await lti.api('get', `/api/v1/courses/${course.id}/scores`);
        return holds(body.items[0]) || undefined;
      });
    await passback('resume');
    await untilScore(({ error }) => error?.code === 'platform_redirect_refused');
    expect(there.counts).toMatchObject({ scoreRequests: 0, tokenRequests: 0 });

    const { issuer, authorizationUrl, tokenUrl, jwksUrl, tokenAudience } = there;
    const urls = { issuer, authorizationUrl, tokenUrl, jwksUrl, tokenAudience };
    await lti.api('patch', `/api/v1/registrations/${synced.registrationId}`, urls).expect(200);
    await move({ from: old, to: there.url });
    lti.clock.advance(3_600_000);
    await untilScore(({ status }) => status === 'posted');
    expect(item.entry('user-00002')).toMatchObject({ scoreGiven: 7, accepted: 1 });
    await there.stop();
  });

  it('is distinguished from another one with the same issuer and client_id by an error that says what to do', async () => {
    const { body: registration } = await lti.api('get', `/api/v1/registrations/${synced.registrationId}`);
    const { name, issuer, clientId, authorizationUrl, tokenUrl, jwksUrl } = registration;
    const { body } = await lti
      .api('post', '/api/v1/registrations', {
        ...{ name, issuer, clientId, authorizationUrl, tokenUrl, jwksUrl },
        deployments: ['1'],
      })
      .expect(409);
    expect(body).toMatchObject({ code: 'registration_exists', id: synced.registrationId });
    expect(body.detail).toContain('give it an issuer of its own');
  });
});
