import { randomUUID } from 'node:crypto';
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
    lti = await LtiTestApp.start({ courseSync: { every: 'never' } });
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
    /** Everything, in pages of so many. */
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
    });

    it('lists its results in pages, each once, grouped by line item', async () => {
      const found = await pages('results', 3);
      const places = found.map(({ lineItemId, userId }) => `${lineItemId} ${userId}`);
      expect(new Set(places).size).toBe(1 + 2 + 3 + 4);
      expect(found).toEqual((await list('results')).items);
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
      ['line-items?cursor=%00', 'cursor'],
      ['line-items?limit=0', 'limit'],
      ['line-items?tag=x', 'tag'],
      ['results?cursor=1', 'cursor'],
      ['results?cursor=5d41402a-bc4b-2a76-b971-9d911017c592', 'cursor'],
      ['results?cursor=5d41402a-bc4b-2a76-b971-9d911017c592.%00', 'cursor'],
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
