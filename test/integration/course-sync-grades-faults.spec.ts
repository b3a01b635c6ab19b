import { Scope } from '../../src/common/scopes.js';
import { SystemClock } from '../../src/common/clock.js';
import { type FamilyName, type FaultInput } from '../../src/testing/index.js';
import { addLineItem, setScore, showOnly, student } from '../support/graded-items.js';
import { type LoopbackHandler, LoopbackServer } from '../support/loopback-server.js';
import { LtiTestApp } from '../support/lti-app.js';
import { dataSourceOf, gradebookVersions } from '../support/membership-versions.js';
import { idsOf, type SyncedCourse, SyncedPlatform } from '../support/synced-platform.js';
import { until } from '../support/until.js';

const PAUSE_MS = 1000;

describe('the grades of a course sync, when the platform does not give them', () => {
  let lti: LtiTestApp;
  let synced: SyncedPlatform;
  let loopback: LoopbackServer | undefined;
  beforeAll(async () => (lti = await LtiTestApp.start()));
  const start = async (family: FamilyName = 'canvas', scopes?: string[]) => {
    synced = await SyncedPlatform.start(lti, { family });
    if (scopes === undefined) return;
    synced.platform.addTool({ clientId: synced.clientId, jwksUrl: lti.jwksUrl, scopes });
  };
  const serve = async (handle: LoopbackHandler) => (loopback = await LoopbackServer.start(handle));
  afterEach(async () => {
    await loopback?.stop();
    await synced.stop();
  });
  afterAll(() => lti.stop());

  const labelsOf = async (course: SyncedCourse) => (await synced.lineItems(course)).map(({ label }) => label);
  const ROSTER = Scope.membershipReadonly;

  describe('for the tool may not have them', () => {
    it.each<[string, FamilyName, string[], number]>([
      ['leaves their scopes out', 'moodle', [ROSTER], 1],
      // Tokens for all scopes, for the roster, and for the grades with each of the two scopes for line items.
      ['refuses a token for their scopes', 'canvas', [ROSTER], 4],
    ])(
      'reports missing permission and stores the roster when the platform %s',
      async (_, family, scopes, tokenRequests) => {
        await start(family, scopes);
        const course = await synced.addGradedCourse(10);
        addLineItem(course, 'Quiz', 3);
        const run = await synced.sync(course);
        expect(run).toMatchObject({
          status: 'completed',
          counts: { added: 10, lineItems: 0, tokenRequests },
          error: null,
          gradesError: { code: 'scope_mismatch' },
        });
        expect(run.gradesError?.message).toContain(`did not grant ${Scope.lineItem}`);
        expect(run.gradesError?.message).toContain('Ask its administrator');
        expect(await synced.memberIds(course)).toEqual(idsOf(course));
        expect(await synced.sync(course)).toMatchObject({ counts: { tokenRequests: 0 } });
        expect(synced.platform.counts.lineItemRequests).toBe(0);
      },
    );

    it('stores the line items without the results when only those are granted', async () => {
      await start('moodle', [ROSTER, Scope.lineItemReadonly]);
      const course = await synced.addGradedCourse(10);
      addLineItem(course, 'Quiz', 3);
      const run = await synced.sync(course);
      expect(run).toMatchObject({ status: 'completed', gradesError: { code: 'scope_mismatch' } });
      expect(run.gradesError?.message).toContain(`did not grant ${Scope.resultReadonly}.`);
      expect(await labelsOf(course)).toEqual(['Quiz']);
    });

    it.each([Scope.lineItem, Scope.lineItemReadonly])(
      'detects the granted scopes after the whole request was refused: %s',
      async (scope) => {
        await start('canvas', [ROSTER, Scope.resultReadonly, scope]);
        const course = await synced.addGradedCourse(10);
        const quiz = addLineItem(course, 'Quiz', 3);
        expect(await synced.sync(course)).toMatchObject({ status: 'completed', gradesError: null });
        expect(await synced.results(course, quiz)).toHaveLength(3);
        expect(await synced.sync(course)).toMatchObject({
          counts: { results: 3, tokenRequests: 0 },
          gradesError: null,
        });
      },
    );

    it.each([
      [401, 'authentication_failed', 'refuses our access token'],
      [403, 'grades_refused', 'Ask its administrator to enable the grade services'],
      [404, 'line_item_gone', 'its course has ended'],
    ])('reports an answer of %d and stores the roster', async (status, code, words) => {
      await start();
      const server = await serve((response) => response.writeHead(status).end('{}'));
      const course = await synced.addGradedCourse(10, server.url('/lineitems'));
      const run = await synced.sync(course);
      expect(run).toMatchObject({ status: 'completed', counts: { added: 10 }, gradesError: { code } });
      expect(run.gradesError?.message).toContain(words);
    });

    it('keeps the stored grades when they are refused from then on', async () => {
      await start();
      const course = await synced.addGradedCourse(10);
      addLineItem(course, 'Quiz', 3);
      await synced.sync(course);
      const before = await gradebookVersions(lti, course.id);
      synced.platform.faults.add({ kind: 'unauthorized', on: 'lineitems', times: 'always' });
      expect(await synced.sync(course)).toMatchObject({
        status: 'completed',
        gradesError: { code: 'authentication_failed' },
      });
      expect(await gradebookVersions(lti, course.id)).toEqual(before);
      synced.platform.faults.clear();
      expect(await synced.sync(course)).toMatchObject({ gradesError: null, counts: { gradesWritten: 0 } });
    });
  });

  describe('whole', () => {
    it.each<[FaultInput, string]>([
      [{ kind: 'cut', on: 'lineitems', times: 2 }, 'platform_unreachable'],
      [{ kind: 'html', on: 'lineitems' }, 'grades_unreadable'],
      [{ kind: 'loop', on: 'lineitems' }, 'page_loop'],
    ])('fails at the second page of line items, and removes none: %j', async (fault, code) => {
      await start();
      const course = await synced.addGradedCourse(5);
      for (let number = 10; number < 63; number += 1) addLineItem(course, `Quiz ${number}`);
      await synced.sync(course);
      course.lms.gradebook.delete('2');
      course.lms.addMember();
      synced.platform.faults.add({ ...fault, after: 1 });
      expect(await synced.sync(course)).toMatchObject({
        status: 'failed',
        counts: { added: 1, lineItems: 0, gradesRemoved: 0 },
        error: { code },
      });
      expect(await labelsOf(course)).toHaveLength(53);
      expect(await synced.memberIds(course)).toEqual(idsOf(course));
    });

    it('keeps the results of an incomplete list, and reads the others', async () => {
      await start();
      const course = await synced.addGradedCourse(80);
      const [quiz, essay] = [addLineItem(course, 'Quiz', 60), addLineItem(course, 'Essay', 2)];
      await synced.sync(course);
      showOnly(quiz, quiz.entries.slice(3));
      setScore(essay, student(9), 1);
      synced.platform.faults.add({ kind: 'html', on: 'results', after: 1 });

      const run = await synced.sync(course);
      expect(run).toMatchObject({
        status: 'completed',
        counts: { lineItems: 2, results: 3, gradesWritten: 1, gradesRemoved: 0 },
        gradesError: { code: 'grades_unreadable' },
      });
      expect(run.gradesError?.message).toMatch(/^The results of one line item could not be read and stayed/);
      expect(await synced.results(course, quiz)).toHaveLength(60);
      expect(await synced.results(course, essay)).toHaveLength(3);
      expect(await synced.sync(course)).toMatchObject({ counts: { gradesRemoved: 3 }, gradesError: null });
    });

    it.each<[string, FaultInput, string]>([
      ['fails over it', { kind: 'server-error', on: 'results' }, 'grades_unavailable'],
      // The results are refused with a new token, too.
      ['refuses it', { kind: 'unauthorized', on: 'results', times: 2 }, 'authentication_failed'],
      ['leads elsewhere', { kind: 'foreign-next', on: 'results' }, 'foreign_next_link'],
    ])('reads the other results when the platform %s', async (_, fault, code) => {
      await start();
      const course = await synced.addGradedCourse(80);
      const [quiz, essay] = [addLineItem(course, 'Quiz', 60), addLineItem(course, 'Essay', 2)];
      synced.platform.faults.add(fault);
      expect(await synced.sync(course)).toMatchObject({
        status: 'completed',
        counts: { added: 80, lineItems: 2, results: 2 },
        gradesError: { code },
      });
      expect(await synced.results(course, quiz)).toEqual([]);
      expect(await synced.results(course, essay)).toHaveLength(2);
    });

    it('follows links that are written in a broken way', async () => {
      await start();
      const course = await synced.addGradedCourse(80);
      const quiz = addLineItem(course, 'Quiz', 60);
      synced.platform.faults.add({ kind: 'link-style', rel: 'curly', ampersand: 'escaped', on: 'results' });
      await synced.sync(course);
      expect(await synced.results(course, quiz)).toHaveLength(60);
    });
  });

  describe('in an entry', () => {
    const RESULTS = [
      { userId: 'a', resultScore: 4 },
      { resultScore: 5 },
      { userId: 'b', resultScore: 'good' },
    ];

    it.each<[string, object, string[]]>([
      ['0', { scoreMaximum: 0 }, ['Odd', 'Quiz', 'Quiz 2']],
      ['null', { scoreMaximum: null }, ['Odd', 'Quiz', 'Quiz 2']],
      ['absent', {}, ['Odd', 'Quiz', 'Quiz 2']],
      ['-1', { scoreMaximum: -1 }, ['Odd', 'Quiz', 'Quiz 2']],
      ['"1e2"', { scoreMaximum: '1e2' }, ['Odd', 'Quiz', 'Quiz 2']],
      ['of an item with a relative id', { scoreMaximum: 10, id: '/li/2' }, ['Quiz', 'Quiz 2']],
    ])(
      'reads all the others, counts the broken one, and sends scores to it: a maximum %s',
      async (_, odd, labels) => {
        await start();
        const server = await serve((response, { method, url }) => {
          if (method === 'POST') return response.end('{}');
          const of = (nth: number) => ({ id: server.url(`/lineitems/${nth}`), scoreMaximum: 10 });
          const items = [
            { ...of(1), label: 'Quiz' },
            { id: of(2).id, label: 'Odd', ...odd },
            { ...of(3), label: 'Quiz 2' },
          ];
          return response.end(JSON.stringify(url.includes('/results') ? RESULTS : items));
        });
        const course = await synced.addGradedCourse(10, server.url('/lineitems'));
        const run = await synced.sync(course);
        expect(run).toMatchObject({
          status: 'completed',
          counts: { lineItems: labels.length, results: labels.length },
          gradesError: { code: 'grades_unreadable' },
        });
        const field = 'id' in odd ? 'id' : 'scoreMaximum';
        expect(run.gradesError?.message).toContain(`1 line item could not be read (wrong: ${field})`);
        expect(run.gradesError?.message).toContain(
          `${2 * labels.length} results could not be read (wrong: userId, resultScore)`,
        );
        expect(await labelsOf(course)).toEqual(labels);
        const score = {
          lineItemId: server.url('/lineitems/2'),
          userId: 'a',
          scoreGiven: 1,
          scoreMaximum: 10,
        };
        await lti.api('post', `/api/v1/courses/${course.id}/scores`, [score]).expect(202);
        await until('the score', () =>
          Promise.resolve(server.requests.find(({ url }) => url === '/lineitems/2/scores')),
        );
      },
    );

    it('keeps a stored line item and a stored result while they cannot be read', async () => {
      await start();
      let isOdd = false;
      const server = await serve((response, { url }) => {
        const id = isOdd ? '/lineitems/1' : server.url('/lineitems/1');
        const items = [{ id, label: 'Quiz', scoreMaximum: 10 }];
        const results = [{ userId: 'a', resultScore: isOdd ? 'good' : 4 }];
        if (isOdd) items.push({ id: server.url('/lineitems/2'), label: 'Essay', scoreMaximum: 10 });
        response.end(JSON.stringify(url.includes('/results') ? results : items));
      });
      const course = await synced.addGradedCourse(10, server.url('/lineitems'));
      await synced.sync(course);
      isOdd = true;
      expect(await synced.sync(course)).toMatchObject({ status: 'completed', counts: { gradesRemoved: 0 } });
      expect(await labelsOf(course)).toEqual(['Essay', 'Quiz']);
      expect(await synced.results(course, { url: server.url('/lineitems/1') })).toHaveLength(1);
    });
  });

  describe('in mid-run', () => {
    /** A sync that has read its line items and waits for the first results. */
    const inMidSync = async (course: SyncedCourse) => {
      synced.platform.faults.add({ kind: 'latency', ms: PAUSE_MS, on: 'results' });
      const run = await synced.request(course);
      await lti.clock.untilSleeping();
      return run;
    };

    it('continues when a line item is deleted', async () => {
      await start();
      const course = await synced.addGradedCourse(10);
      const [quiz, essay, test] = ['Quiz', 'Essay', 'Test'].map((label) => addLineItem(course, label, 2));
      const { id } = await inMidSync(course);
      course.lms.gradebook.delete(essay!.id);
      lti.clock.advance(PAUSE_MS);
      expect(await synced.untilEnded(id)).toMatchObject({
        status: 'completed',
        counts: { lineItems: 3, results: 4 },
        gradesError: { code: 'line_item_gone' },
      });
      expect(await synced.results(course, quiz!)).toHaveLength(2);
      expect(await synced.results(course, test!)).toHaveLength(2);
      expect(await synced.sync(course)).toMatchObject({ counts: { gradesRemoved: 1 }, gradesError: null });
      expect(await labelsOf(course)).toEqual(['Quiz', 'Test']);
    });

    it('writes nothing more and ends when another worker has taken over the run', async () => {
      await start();
      const course = await synced.addGradedCourse(10);
      const quiz = addLineItem(course, 'Quiz', 4);
      const { id } = await inMidSync(course);
      await dataSourceOf(lti).query('UPDATE nest_lti.sync_run SET attempt = attempt + 1 WHERE id = $1', [id]);
      lti.clock.advance(PAUSE_MS);
      await lti.untilNoJob();
      expect(await synced.run(id)).toMatchObject({ status: 'running', counts: { lineItems: 1, results: 0 } });
      expect(await synced.results(course, quiz)).toEqual([]);

      const { membershipRequests } = synced.platform.counts;
      expect(await synced.request(course)).toMatchObject({ id });
      expect(await synced.untilEnded(id)).toMatchObject({
        status: 'completed',
        attempts: 3,
        // The roster was read, and is not read again.
        counts: { added: 10, unchanged: 0, pages: 1, lineItems: 1, results: 4, gradesWritten: 5 },
      });
      expect(synced.platform.counts.membershipRequests).toBe(membershipRequests);
    });

    it.each<[FaultInput, string, number]>([
      [{ kind: 'throttle', retryAfter: 31, on: 'results' }, 'platform_throttled', 31_000],
      [{ kind: 'server-error', on: 'lineitems' }, 'grades_unavailable', 60_000],
    ])('is delayed, and continues with the grades, after %j', async (fault, code, ms) => {
      await start();
      const course = await synced.addGradedCourse(10);
      const quiz = addLineItem(course, 'Quiz', 4);
      // BullMQ reads times of the test's clock by the machine's clock, so they must not be in the past.
      lti.clock.advance(Math.max(0, new SystemClock().nowMs() - lti.clock.nowMs()));
      synced.platform.faults.add(fault);
      const { id } = await synced.request(course);
      const delayed = await synced.untilRun(id, ({ status }) => status === 'delayed');
      expect(delayed).toMatchObject({ counts: { added: 10 }, error: { code } });
      await synced.goOn(id, ms);
      expect(await synced.untilEnded(id)).toMatchObject({ status: 'completed', attempts: 2, error: null });
      expect(synced.platform.counts.membershipRequests).toBe(1);
      expect(await synced.results(course, quiz)).toHaveLength(4);
    });
  });
});
