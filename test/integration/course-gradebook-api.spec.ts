import { randomUUID } from 'node:crypto';
import { type LineItemView } from '../../src/courses/gradebook.schema.js';
import { type SimulatedLineItem } from '../../src/testing/index.js';
import { addLineItem, student } from '../support/graded-items.js';
import { LoopbackServer } from '../support/loopback-server.js';
import { LtiTestApp } from '../support/lti-app.js';
import { gradebookVersions } from '../support/membership-versions.js';
import { type SyncedCourse, SyncedPlatform } from '../support/synced-platform.js';

describe('the gradebook of a course by REST', () => {
  let lti: LtiTestApp;
  let synced: SyncedPlatform;
  beforeAll(async () => {
    lti = await LtiTestApp.start();
    synced = await SyncedPlatform.start(lti);
  });
  afterAll(async () => {
    await synced.stop();
    await lti.stop();
  });

  describe('after a sync', () => {
    let course: SyncedCourse;
    let items: SimulatedLineItem[];
    beforeAll(async () => {
      course = await synced.addGradedCourse(10);
      items = ['A', 'B', 'C', 'D', 'E'].map((label, index) => addLineItem(course, label, index));
      await synced.sync(course);
      const other = await synced.addGradedCourse(10);
      addLineItem(other, 'F', 3);
      await synced.sync(other);
    });
    const list = async (query: string) =>
      (await lti.api('get', `/api/v1/courses/${course.id}/${query}`).expect(200)).body;
    /** All entries, read in pages of this size. */
    const pages = async (query: string, limit: number) => {
      const found = [];
      for (let cursor = ''; ;) {
        const page = await list(`${query}${query.includes('?') ? '&' : '?'}limit=${limit}${cursor}`);
        expect(page.items.length).toBeLessThanOrEqual(limit);
        found.push(...page.items);
        if (page.nextCursor === undefined) return found;
        cursor = `&cursor=${encodeURIComponent(page.nextCursor as string)}`;
      }
    };

    it('lists its line items in pages, each once', async () => {
      const found = await pages('line-items', 2);
      expect(found.map(({ id }) => id as string).sort()).toEqual(items.map(({ url }) => url).sort());
      expect(found).toEqual((await list('line-items')).items);
      expect(await pages('line-items?order=desc', 2)).toEqual(found.toReversed());
    });

    it('lists its results in pages, each once, grouped by line item', async () => {
      const found = await pages('results', 3);
      const places = found.map(({ lineItemId, userId }) => `${lineItemId} ${userId}`);
      expect(new Set(places).size).toBe(1 + 2 + 3 + 4);
      expect(found).toEqual((await list('results')).items);
      expect(await pages('results?order=desc', 3)).toEqual(found.toReversed());
      const runs = found.filter(({ lineItemId }, index) => found[index - 1]?.lineItemId !== lineItemId);
      expect(runs).toHaveLength(4);
    });

    it('lists the results of one line item', async () => {
      const [, , , item] = items;
      const found = await pages(`results?lineItemId=${encodeURIComponent(item!.url)}`, 2);
      expect(found.map(({ userId }) => userId as string)).toEqual([2, 3, 4].map(student));
      expect(found.every(({ lineItemId }) => lineItemId === item!.url)).toBe(true);
    });

    it('lists the results of one student', async () => {
      const found = await pages(`results?userId=${student(4)}`, 1);
      expect(found.map(({ lineItemId }) => lineItemId as string).sort()).toEqual(
        [items[3]!.url, items[4]!.url].sort(),
      );
      const item = `lineItemId=${encodeURIComponent(items[4]!.url)}`;
      expect(await pages(`results?userId=${student(4)}&${item}`, 1)).toMatchObject([
        { userId: student(4), resultScore: 4 },
      ]);
    });

    it.each([
      ['of another course', 'http://127.0.0.1/elsewhere'],
      ['that is no URL', 'x'],
    ])('lists no results of a line item %s', async (_, id) => {
      expect(await list(`results?lineItemId=${encodeURIComponent(id)}`)).toEqual({ items: [] });
    });

    it.each([
      ['line-items?cursor=1', 'cursor'],
      ['line-items?cursor=asc.1', 'cursor'],
      ['line-items?cursor=%00', 'cursor'],
      ['line-items?limit=0', 'limit'],
      ['line-items?tag=x', 'tag'],
      ['results?cursor=1', 'cursor'],
      ['results?cursor=5d41402a-bc4b-2a76-b971-9d911017c592.1', 'cursor'],
      ['results?cursor=asc.5d41402a-bc4b-2a76-b971-9d911017c592', 'cursor'],
      ['results?cursor=asc.5d41402a-bc4b-2a76-b971-9d911017c592.%00', 'cursor'],
      ['results?limit=501', 'limit'],
      ['results?lineItemId=', 'lineItemId'],
      ['results?lineItemId=a&lineItemId=b', 'lineItemId'],
      ['results?userId=%00', 'userId'],
      [`results?userId=${'x'.repeat(513)}`, 'userId'],
    ])('refuses %s', async (query, field) => {
      const { body } = await lti.api('get', `/api/v1/courses/${course.id}/${query}`).expect(400);
      expect(body).toMatchObject({ code: 'invalid_request', errors: [{ field }] });
    });

    it.each(['line-items', 'results'])('answers 404 to %s of a course that does not exist', async (what) => {
      const { body } = await lti.api('get', `/api/v1/courses/${randomUUID()}/${what}`).expect(404);
      expect(body.code).toBe('course_not_found');
      await lti.api('get', `/api/v1/courses/1/${what}`).expect(400);
      await lti.api('get', `/api/v1/courses/${course.id}/${what}`).unset('Authorization').expect(401);
    });
  });

  describe('changes line items at the platform', () => {
    let course: SyncedCourse;
    beforeAll(async () => (course = await synced.addGradedCourse(5)));
    const QUIZ = { label: 'Quiz', scoreMaximum: 20, resourceId: 'quiz-1', tag: 'grade' };
    const items = (on: SyncedCourse = course) => `/api/v1/courses/${on.id}/line-items`;
    const one = (id: string, query = '') => `${items()}/one?lineItemId=${encodeURIComponent(id)}${query}`;
    const create = async (fields: object = {}): Promise<LineItemView> =>
      (await lti.api('post', items(), { ...QUIZ, ...fields }).expect(201)).body;
    const labelsThere = () => course.lms.gradebook.lineItems.map(({ content }) => content.label);

    it.each(['generic', 'moodle', 'canvas', 'brightspace', 'blackboard'] as const)(
      'creates, finds, reads, changes and deletes one at %s, and lists it without a sync',
      async (family) => {
        const platform = await SyncedPlatform.start(lti, { family });
        const graded = await platform.addGradedCourse(2);
        const { body: made } = await lti.api('post', items(graded), QUIZ).expect(201);
        expect(made).toMatchObject({
          ...QUIZ,
          resourceLinkId: null,
          updatedAt: lti.clock.now().toISOString(),
        });
        const { body: found } = await lti
          .api('post', `${items(graded)}/find-or-create`, { ...QUIZ, label: 'Another label' })
          .expect(200);
        expect(found).toEqual(made);
        const path = `${items(graded)}/one?lineItemId=${encodeURIComponent(made.id)}`;
        expect((await lti.api('get', path).expect(200)).body).toEqual(made);
        const { body: changed } = await lti
          .api('patch', path, { label: 'Renamed', scoreMaximum: 40 })
          .expect(200);
        expect(changed).toMatchObject({ ...QUIZ, id: made.id, label: 'Renamed', scoreMaximum: 40 });
        const listed = async () => (await lti.api('get', items(graded)).expect(200)).body.items;
        expect(await listed()).toEqual([changed]);
        const run = await platform.sync(graded);
        expect(run).toMatchObject({ gradesError: null, counts: { lineItems: 1, gradesWritten: 0 } });
        await lti.api('delete', path).expect(204);
        expect(graded.lms.gradebook.lineItems).toEqual([]);
        expect(await listed()).toEqual([]);
        await lti.api('delete', path).expect(204);
        await platform.stop();
      },
    );

    it('creates one line item for many callers who find or create the same one', async () => {
      const wanted = { ...QUIZ, resourceId: 'quiz-for-many' };
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => lti.api('post', `${items()}/find-or-create`, wanted)),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
      expect(new Set(answers.map(({ body }) => body.id as string)).size).toBe(1);
    });

    it('creates a second line item like the first one, since only find-or-create looks for it', async () => {
      const [first, second] = [await create({ label: 'Twice' }), await create({ label: 'Twice' })];
      expect(second.id).not.toBe(first.id);
      expect(labelsThere().filter((label) => label === 'Twice')).toHaveLength(2);
    });

    it('writes, shows and lists a submission review, and names what is wrong with one', async () => {
      const submissionReview = { reviewableStatus: ['Submitted'], label: 'Read the essay' };
      const { id, submissionReview: made } = await create({ submissionReview, resourceId: 'reviewed' });
      expect(made).toEqual(submissionReview);
      expect(course.lms.gradebook.lineItems.at(-1)?.content).toMatchObject({ submissionReview });
      const { body: listed } = await lti.api('get', items()).expect(200);
      expect(listed.items).toContainEqual(expect.objectContaining({ id, submissionReview }));
      const { body: changed } = await lti.api('patch', one(id), { submissionReview: {} }).expect(200);
      expect(changed.submissionReview).toEqual({});
      const { body: removed } = await lti.api('patch', one(id), { submissionReview: null }).expect(200);
      expect(removed.submissionReview).toBeNull();
      const wrong = { ...QUIZ, submissionReview: { reviewableStatus: ['Graded'] } };
      const { body } = await lti.api('post', items(), wrong).expect(400);
      expect(body).toMatchObject({
        code: 'invalid_request',
        errors: [{ field: 'submissionReview.reviewableStatus.0' }],
      });
    });

    it('takes moments and removes fields by null', async () => {
      const { id } = await create({ endDateTime: '2026-12-01T09:00:00+01:00', resourceId: 'dated' });
      const { body } = await lti.api('patch', one(id), { endDateTime: null, tag: null }).expect(200);
      expect(body).toMatchObject({ id, endDateTime: null, tag: null, resourceId: 'dated' });
    });

    it('deletes a line item of a link only by force', async () => {
      const [resourceLinkId] = course.lms.resourceLinkIds;
      const { url } = course.lms.gradebook.addLineItem({ label: 'Linked', scoreMaximum: 5, resourceLinkId });
      expect((await lti.api('delete', one(url)).expect(409)).body.code).toBe('line_item_coupled');
      expect(labelsThere()).toContain('Linked');
      await lti.api('delete', one(url, '&force=true')).expect(204);
      expect(labelsThere()).not.toContain('Linked');
    });

    it('says that a line item is gone', async () => {
      const { id } = await create();
      await lti.api('delete', one(id)).expect(204);
      for (const call of [lti.api('get', one(id)), lti.api('patch', one(id), { label: 'x' })])
        expect((await call.expect(502)).body).toMatchObject({ code: 'line_item_gone', platformStatus: 404 });
    });

    it.each<[string, object, string]>([
      ['no fields', {}, 'label'],
      ['a label of another type', { ...QUIZ, label: 7 }, 'label'],
      ['an empty label', { ...QUIZ, label: '' }, 'label'],
      ['a huge label', { ...QUIZ, label: 'x'.repeat(1001) }, 'label'],
      ['a maximum of 0', { ...QUIZ, scoreMaximum: 0 }, 'scoreMaximum'],
      ['a maximum as text', { ...QUIZ, scoreMaximum: '20' }, 'scoreMaximum'],
      ['a moment without a zone', { ...QUIZ, endDateTime: '2026-01-05T08:00:00' }, 'endDateTime'],
      ['an extension without a full URL', { ...QUIZ, extensions: { a: 1 } }, 'extensions.a'],
      ['a list', [QUIZ], ''],
      ['a field that line items do not have', { ...QUIZ, id: 'x' }, 'id'],
    ])('refuses a line item with %s, by its field', async (_, body, field) => {
      const before = labelsThere();
      for (const path of [items(), `${items()}/find-or-create`]) {
        const { body: problem } = await lti.api('post', path, body).expect(400);
        expect(problem).toMatchObject({ code: 'invalid_request' });
        expect(problem.errors.map((error: { field: string }) => error.field)).toContain(field);
      }
      expect(labelsThere()).toEqual(before);
    });

    it('refuses changes that change nothing, and what nothing identifies', async () => {
      const { id } = await create();
      expect((await lti.api('patch', one(id), {}).expect(400)).body.code).toBe('invalid_request');
      const nameless = { label: 'Quiz', scoreMaximum: 20 };
      const { body } = await lti.api('post', `${items()}/find-or-create`, nameless).expect(400);
      expect(body.errors).toMatchObject([{ field: 'resourceId' }, { field: 'resourceLinkId' }]);
    });

    it.each([
      ['another host', 'https://evil.example/lineitem/1', 'foreign_line_item'],
      ['a host that begins alike', '{origin}.evil.example/lineitem/1', 'invalid_request'],
      ['another port', 'http://127.0.0.1:1/lineitem/1', 'foreign_line_item'],
      ['a user before the host', 'http://{host}@evil.example/lineitem/1', 'foreign_line_item'],
      ['another scheme', 'javascript:alert(1)', 'foreign_line_item'],
      ['a file', 'file:///etc/passwd', 'foreign_line_item'],
      ['no URL', 'quiz', 'invalid_request'],
      ['NUL', '{origin}/a\0', 'invalid_request'],
      ['a huge URL', `{origin}/${'x'.repeat(2048)}`, 'invalid_request'],
      ['nothing', '', 'invalid_request'],
    ])('sends no token to a line item of %s', async (_, hostile, code) => {
      const { origin, host } = new URL(course.lms.lineItemsUrl);
      const id = hostile.replace('{origin}', origin).replace('{host}', host);
      for (const call of [
        lti.api('get', one(id)),
        lti.api('patch', one(id), { label: 'x' }),
        lti.api('delete', one(id)),
        lti.api('delete', one(id, '&force=true')),
      ])
        expect((await call.expect(400)).body).toMatchObject({
          code,
          detail: expect.not.stringMatching(/\bnull\b/),
        });
    });

    it('wants the id of a line item once, and a flag that is true or false', async () => {
      const { id } = await create();
      for (const [path, field] of [
        [`${items()}/one`, 'lineItemId'],
        [one(id, `&lineItemId=${encodeURIComponent(id)}`), 'lineItemId'],
        [one(id, '&force=1'), 'force'],
        [one(id, '&url=x'), 'url'],
      ] as const)
        expect((await lti.api('delete', path).expect(400)).body).toMatchObject({ errors: [{ field }] });
      expect(labelsThere()).toContain(QUIZ.label);
    });

    it('refuses a course without a line items URL, an unknown course and an unknown key', async () => {
      const without = await synced.addCourse(0);
      const { body } = await lti.api('post', items(without), QUIZ).expect(409);
      expect(body.code).toBe('course_without_line_items');
      const nowhere = `/api/v1/courses/${randomUUID()}/line-items`;
      expect((await lti.api('post', nowhere, QUIZ).expect(404)).body.code).toBe('course_not_found');
      await lti.api('post', items(), QUIZ).unset('Authorization').expect(401);
    });

    it('lets a key that may only read do so, and change nothing', async () => {
      const { id } = await create();
      const { body } = await lti
        .api('post', '/api/v1/api-keys', { name: 'Reader', scope: 'read' })
        .expect(201);
      const as = `Bearer ${body.key as string}`;
      await lti.api('get', one(id)).set('Authorization', as).expect(200);
      for (const call of [
        lti.api('post', items(), QUIZ),
        lti.api('post', `${items()}/find-or-create`, QUIZ),
        lti.api('patch', one(id), { label: 'x' }),
        lti.api('delete', one(id)),
      ])
        expect((await call.set('Authorization', as).expect(403)).body.code).toBe('api_key_read_only');
    });

    it('says which scope is missing where the platform lets the tool only read line items', async () => {
      const reading = await SyncedPlatform.start(lti);
      const scopes = ['lineitem.readonly', 'result.readonly'].map(
        (name) => `https://purl.imsglobal.org/spec/lti-ags/scope/${name}`,
      );
      reading.platform.addTool({ clientId: reading.clientId, jwksUrl: lti.jwksUrl, scopes });
      const graded = await reading.addGradedCourse(0);
      const { url } = graded.lms.gradebook.addLineItem({ label: 'Theirs', scoreMaximum: 5 });
      await lti.api('get', `${items(graded)}/one?lineItemId=${encodeURIComponent(url)}`).expect(200);
      const { body } = await lti.api('post', items(graded), QUIZ).expect(403);
      expect(body).toMatchObject({ code: 'scope_mismatch' });
      await reading.stop();
    });

    it('passes on that the platform refused or failed', async () => {
      const { id } = await create();
      synced.platform.faults.add({ kind: 'server-error', on: 'lineitems' });
      const { body } = await lti.api('get', one(id)).expect(503);
      expect(body).toMatchObject({ code: 'grades_unavailable', retryAt: expect.any(String) });
    });
  });

  describe('with unusual values of the platform', () => {
    let server: LoopbackServer;
    let lineItems: string;
    let results: string;
    let course: SyncedCourse;
    beforeAll(async () => {
      server = await LoopbackServer.start((response, { url }) =>
        response.end(url.includes('/results') ? results : lineItems),
      );
    });
    beforeEach(async () => {
      course = await synced.addGradedCourse(0, server.url('/items'));
      lineItems = JSON.stringify([{ id: server.url('/items/1'), label: 'Quiz', scoreMaximum: 20 }]);
      results = '[]';
    });
    afterAll(() => server.stop());

    it('can have URLs, texts and extensions of every kind', async () => {
      const id = server.url(`/items/${'long/'.repeat(395)}1`);
      const name = 'https://lms.example.edu/x';
      const deep = `${'['.repeat(5000)}"deep"${']'.repeat(5000)}`;
      lineItems = `[
        { "id": "${id}", "label": "Q\\u0000uiz \\ud83d", "scoreMaximum": "20",
          "${name}": { "a\\u0000": ["\\ud83d", ${deep}], "__proto__": 1 } },
        { "id": "${server.url('/items/2')}", "label": 17, "scoreMaximum": 5e-324, "tag": "'); DROP TABLE x; --" },
        { "id": "${server.url('/items/2')}", "label": "The last word", "scoreMaximum": 1.7976931348623157e308 }
      ]`;
      results = JSON.stringify([
        { userId: 17, resultScore: '3.5', comment: 'a\0b \ude00', [name]: null },
        { userId: 'ana', resultScore: -1, resultMaximum: 0, timestamp: '0001-01-01T00:00:00Z' },
        { userId: 'ana', resultScore: 1e-9, scoringUserId: 'bea', timestamp: '9999-12-31T23:59:59Z' },
      ]);
      const run = await synced.sync(course);
      expect(run).toMatchObject({ status: 'completed', counts: { lineItems: 2 }, gradesError: null });
      expect(await synced.lineItems(course)).toMatchObject([
        {
          id,
          label: 'Quiz \ufffd',
          scoreMaximum: 20,
          extensions: { [name]: { a: ['\ufffd', expect.any(Array)] } },
        },
        { label: 'The last word', scoreMaximum: 1.7976931348623157e308, tag: null },
      ]);
      expect(await synced.results(course, { url: id })).toMatchObject([
        { userId: '17', resultScore: 3.5, comment: 'ab \ufffd', extensions: { [name]: null } },
        { userId: 'ana', resultScore: 1e-9, scoringUserId: 'bea', gradedAt: '9999-12-31T23:59:59.000Z' },
      ]);
      const before = await gradebookVersions(lti, course.id);
      expect(await synced.sync(course)).toMatchObject({ counts: { gradesWritten: 0, gradesRemoved: 0 } });
      expect(await gradebookVersions(lti, course.id)).toEqual(before);
    });

    it.each([
      ['a score of too many digits', `[{ "userId": "ana", "resultScore": "${'9'.repeat(400)}" }]`],
      ['a score past all bounds', '[{ "userId": "ana", "resultScore": 1e999 }]'],
      ['a result of nobody', '[{ "resultScore": 1 }]'],
    ])('does not mistake %s for no grade', async (_, answer) => {
      results = '[{ "userId": "ana", "resultScore": 2 }]';
      await synced.sync(course);
      results = answer;
      expect(await synced.sync(course)).toMatchObject({
        status: 'completed',
        gradesError: { code: 'grades_unreadable' },
      });
      expect(await synced.results(course, { url: server.url('/items/1') })).toMatchObject([
        { resultScore: 2 },
      ]);
    });

    it('can have a URL that is too long to be called', async () => {
      const id = server.url(`/items/${'long/'.repeat(800)}1`);
      lineItems = JSON.stringify([{ id, label: 'Quiz', scoreMaximum: 20 }]);
      expect(await synced.sync(course)).toMatchObject({
        status: 'completed',
        gradesError: { code: 'unsafe_url' },
      });
      expect(await synced.lineItems(course)).toMatchObject([{ id }]);
    });

    it('sends no token to a line item on another host', async () => {
      const elsewhere = await LoopbackServer.start((response) => response.end('[]'));
      lineItems = JSON.stringify([{ id: elsewhere.url('/items/1'), label: 'Quiz', scoreMaximum: 20 }]);
      const run = await synced.sync(course);
      await elsewhere.stop();
      expect(run).toMatchObject({ status: 'completed', gradesError: { code: 'foreign_line_item' } });
      expect(elsewhere.requests).toEqual([]);
    });
  });
});
