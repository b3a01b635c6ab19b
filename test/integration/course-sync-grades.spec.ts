import { EventEmitter2 } from '@nestjs/event-emitter';
import { type FamilyName, type SimulatedLineItem } from '../../src/testing/index.js';
import { addLineItem, setScore, showOnly, student } from '../support/graded-items.js';
import { LtiTestApp } from '../support/lti-app.js';
import { gradebookVersions } from '../support/membership-versions.js';
import { SyncedPlatform } from '../support/synced-platform.js';

const TIME = '2026-01-05T08:00:00.000Z';
describe('the grades of a course sync', () => {
  let lti: LtiTestApp;
  let synced: SyncedPlatform;
  beforeAll(async () => (lti = await LtiTestApp.start()));
  const start = async (family: FamilyName = 'brightspace') =>
    (synced = await SyncedPlatform.start(lti, { family }));
  afterEach(() => synced.stop());
  afterAll(() => lti.stop());

  it('are stored as the platform returns them, with the one token of the run', async () => {
    await start('generic');
    const course = await synced.addGradedCourse(10);
    const item = course.lms.gradebook.addLineItem({
      label: 'Essay',
      scoreMaximum: 20,
      resourceId: 'essay',
      tag: 'draft',
      startDateTime: '2026-01-01T00:00:00Z',
      endDateTime: '2026-02-01T01:00:00+01:00',
      'https://lms.example.edu/weight': { share: 0.5 },
    });
    addLineItem(course, 'Quiz');
    item.setScore({ userId: student(2), scoreGiven: 17.5, comment: 'Good', timestamp: TIME });
    item.setScore({ userId: student(3), scoreGiven: 5, scoreMaximum: 10, timestamp: TIME });

    const run = await synced.sync(course);
    expect(run).toMatchObject({
      status: 'completed',
      counts: { added: 10, lineItems: 2, results: 2, gradesWritten: 4, gradesRemoved: 0, tokenRequests: 1 },
      error: null,
      gradesError: null,
    });
    const updatedAt = lti.clock.now().toISOString();
    const [essay, quiz] = await synced.lineItems(course);
    expect(essay).toMatchObject({
      id: item.url,
      label: 'Essay',
      scoreMaximum: 20,
      resourceLinkId: null,
      resourceId: 'essay',
      tag: 'draft',
      startDateTime: '2026-01-01T00:00:00.000Z',
      endDateTime: '2026-02-01T00:00:00.000Z',
      extensions: { 'https://lms.example.edu/weight': { share: 0.5 } },
      updatedAt,
    });
    expect(quiz).toMatchObject({ label: 'Quiz', tag: null, startDateTime: null, extensions: {} });
    const none = { scoringUserId: null, gradedAt: null, extensions: {}, updatedAt };
    const lineItemId = item.url;
    expect(await synced.results(course, item)).toEqual([
      { ...none, lineItemId, userId: student(2), resultScore: 17.5, resultMaximum: 20, comment: 'Good' },
      { ...none, lineItemId, userId: student(3), resultScore: 10, resultMaximum: 20, comment: null },
    ]);
    expect(synced.platform.counts.tokenRequests).toBe(1);
  });

  it('are updated, and only changes are written', async () => {
    await start();
    const course = await synced.addGradedCourse(30);
    const quiz = addLineItem(course, 'Quiz', 20);
    addLineItem(course, 'Essay', 5);
    expect(await synced.sync(course)).toMatchObject({ counts: { gradesWritten: 27, results: 25 } });
    const before = await gradebookVersions(lti, course.id);
    lti.clock.advance(60_000);

    expect(await synced.sync(course)).toMatchObject({
      counts: { lineItems: 2, results: 25, gradesWritten: 0, gradesRemoved: 0 },
    });
    expect(await gradebookVersions(lti, course.id)).toEqual(before);

    setScore(quiz, student(3), 1);
    quiz.content = { ...quiz.content, label: 'Quiz 1' };
    expect(await synced.sync(course)).toMatchObject({ counts: { gradesWritten: 2, gradesRemoved: 0 } });
    const after = await gradebookVersions(lti, course.id);
    expect(after.filter((row) => !before.includes(row))).toHaveLength(2);
    expect((await synced.results(course, quiz))[1]).toMatchObject({ userId: student(3), resultScore: 1 });
    expect((await synced.lineItems(course)).map(({ label }) => label)).toEqual(['Essay', 'Quiz 1']);
  });

  it('are deleted when the platform deleted them: a result, a line item with its results, and the last one too', async () => {
    await start();
    const course = await synced.addGradedCourse(10);
    const quiz = addLineItem(course, 'Quiz', 4);
    const essay = addLineItem(course, 'Essay', 3);
    await synced.sync(course);
    showOnly(quiz, quiz.entries.slice(1));
    course.lms.gradebook.delete(essay.id);

    expect(await synced.sync(course)).toMatchObject({
      status: 'completed',
      counts: { lineItems: 1, gradesRemoved: 1 + 1 + 3 },
      gradesError: null,
    });
    expect((await synced.lineItems(course)).map(({ label }) => label)).toEqual(['Quiz']);
    expect((await synced.results(course, quiz)).map(({ userId }) => userId)).toEqual([3, 4, 5].map(student));
    expect(await synced.results(course, essay)).toEqual([]);

    course.lms.gradebook.delete(quiz.id);
    expect(await synced.sync(course)).toMatchObject({ counts: { lineItems: 0, gradesRemoved: 1 + 3 } });
    expect(await gradebookVersions(lti, course.id)).toEqual([]);
  });

  it('that were cleared stay, without a grade, if the platform still lists them', async () => {
    await start();
    const course = await synced.addGradedCourse(10);
    const quiz = addLineItem(course, 'Quiz', 2);
    await synced.sync(course);
    setScore(quiz, student(2), undefined);
    expect(await synced.sync(course)).toMatchObject({ counts: { gradesWritten: 1, gradesRemoved: 0 } });
    expect(await synced.results(course, quiz)).toMatchObject([{ resultScore: null }, { resultScore: 3 }]);
  });

  it('are deleted at once if they are few, and after a second reading that agrees if they are many', async () => {
    await start();
    const course = await synced.addGradedCourse(20);
    const items = Array.from({ length: 8 }, (_, index) => addLineItem(course, `Quiz ${index}`));
    const [quiz] = items as [SimulatedLineItem];
    for (let number = 2; number < 12; number += 1) setScore(quiz, student(number), number);
    await synced.sync(course);

    const { entries } = quiz;
    const results = showOnly(quiz, entries.slice(6));
    const lineItems = jest.spyOn(course.lms.gradebook, 'lineItems', 'get').mockReturnValue([quiz]);
    const doubted = await synced.sync(course);
    expect(doubted).toMatchObject({
      status: 'completed',
      counts: { lineItems: 1, results: 4, gradesRemoved: 0 },
      gradesError: { code: 'line_items_suspicious' },
    });
    expect(doubted.gradesError?.message).toMatch(/left out 7 of 8 line items.+many results of one line item/);
    expect(await synced.lineItems(course)).toHaveLength(8);
    expect(await synced.results(course, quiz)).toHaveLength(10);

    // The list was complete in between, so the first reading does not count any more.
    results.mockRestore();
    lineItems.mockRestore();
    expect(await synced.sync(course)).toMatchObject({ gradesError: null, counts: { gradesWritten: 0 } });
    showOnly(quiz, entries.slice(6));
    jest.spyOn(course.lms.gradebook, 'lineItems', 'get').mockReturnValue([quiz]);
    expect(await synced.sync(course)).toMatchObject({ counts: { gradesRemoved: 0 } });
    expect(await synced.sync(course)).toMatchObject({ counts: { gradesRemoved: 13 }, gradesError: null });
    expect(await synced.lineItems(course)).toHaveLength(1);
    expect(await synced.results(course, quiz)).toHaveLength(4);
  });

  it('are not requested if a course has no line items URL', async () => {
    await start();
    const course = await synced.addCourse(10);
    addLineItem(course, 'Quiz', 3);
    expect(await synced.sync(course)).toMatchObject({
      status: 'completed',
      counts: { added: 10, lineItems: 0, results: 0 },
      gradesError: null,
    });
    expect(synced.platform.counts.lineItemRequests).toBe(0);
  });

  it.each<[FamilyName, { results: number; requests: number }]>([
    ['generic', { results: 60, requests: 1 }],
    ['canvas', { results: 60, requests: 2 }],
    // Without `limit`, which makes it fail.
    ['moodle', { results: 60, requests: 1 }],
    // Sakai sends the results of all members of the course.
    ['sakai', { results: 70, requests: 1 }],
    ['openedx', { results: 60, requests: 1 }],
  ])(
    'of %s are read by the rules of that platform, to the last page',
    async (family, { results, requests }) => {
      await start(family);
      const course = await synced.addGradedCourse(70);
      const items = Array.from({ length: 3 }, (_, index) => addLineItem(course, `Quiz ${index}`));
      for (let number = 2; number < 62; number += 1) setScore(items[1]!, student(number), 1 + (number % 19));
      await synced.sync(course);
      const before = await gradebookVersions(lti, course.id);
      const asked = synced.platform.counts.resultRequests;

      expect(await synced.sync(course)).toMatchObject({
        status: 'completed',
        counts: { lineItems: 3, gradesWritten: 0, gradesRemoved: 0 },
        gradesError: null,
      });
      expect((await synced.lineItems(course)).map(({ id }) => id)).toEqual(items.map(({ url }) => url));
      const stored = await synced.results(course, items[1]!);
      expect(stored).toHaveLength(results);
      expect(stored.find(({ userId }) => userId === student(2))).toMatchObject({ resultScore: 3 });
      expect(synced.platform.counts.resultRequests - asked).toBe(2 + requests);
      expect(await gradebookVersions(lti, course.id)).toEqual(before);
      expect(synced.platform.counts.rejected).toEqual({});
    },
  );

  it('are published to the host: whose results were added or changed, and what was deleted', async () => {
    await start();
    const course = await synced.addGradedCourse(5);
    const quiz = addLineItem(course, 'Quiz', 3);
    const emitter = lti.app.get(EventEmitter2);
    let heard: unknown[] = [];
    const hear = (name: string | string[], event: unknown) => {
      if (!String(name).startsWith('lti.membership')) heard.push([name, event]);
    };
    emitter.onAny(hear);
    const { id: syncRunId } = await synced.sync(course);
    const identity = { courseId: course.id, syncRunId };
    const userIds = expect.arrayContaining([student(2), student(3), student(4)]) as string[];
    expect(heard).toEqual([
      ['lti.results.updated', { ...identity, lineItemId: quiz.url, userIds }],
      ['lti.sync.completed', { ...identity, status: 'completed' }],
    ]);

    heard = [];
    showOnly(quiz, quiz.entries.slice(1));
    await synced.sync(course);
    course.lms.gradebook.delete(quiz.id);
    await synced.sync(course);
    emitter.offAny(hear);
    expect(heard).toMatchObject([
      ['lti.results.removed', { lineItemId: quiz.url, userIds: [student(2)] }],
      ['lti.sync.completed', {}],
      ['lti.line-items.removed', { lineItemIds: [quiz.url] }],
      ['lti.sync.completed', {}],
    ]);
  });
});
