import { setTimeout as delay } from 'node:timers/promises';
import { type Leases } from '../../src/database/leases.js';
import { type NewLineItem } from '../../src/lti-services/grades/line-item.schema.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { familyNames, type FamilyName } from '../../src/testing/index.js';
import { composeGrades, GradeScene } from '../support/grade-scene.js';
import { LeaseDatabase } from '../support/lease-database.js';
import { LoopbackServer } from '../support/loopback-server.js';
import { PostgresProxy } from '../support/postgres-proxy.js';
import { createSigningKeys, type SigningKeys } from '../support/signing-keys.js';
import { sql } from '../support/sql.js';
import { until } from '../support/until.js';

const QUIZ = { label: 'Quiz', scoreMaximum: 20, resourceId: 'quiz-1', tag: 'grade' };

let keys: SigningKeys;
let database: LeaseDatabase;
let leases: Leases;
let scene: GradeScene;

beforeAll(async () => {
  [keys, database] = [await createSigningKeys(), await LeaseDatabase.create()];
  ({ leases } = await database.party());
});

afterAll(() => database.drop());

afterEach(() => scene.stop());

async function start(family: FamilyName): Promise<void> {
  scene = await GradeScene.start(keys, family, { leases });
}

const findOrCreate = (input = {}) => scene.grades.findOrCreate(scene.client, { ...QUIZ, ...input });
const done = () => Promise.resolve();
const labels = () => scene.course.gradebook.lineItems.map(({ content }) => content.label);

it('makes no line item at Blackboard that nothing could find again', async () => {
  await start('blackboard');
  const [resourceLinkId] = scene.course.resourceLinkIds;
  await expect(findOrCreate({ resourceId: undefined, resourceLinkId })).rejects.toMatchObject({
    code: 'invalid_request',
    faults: [{ field: 'resourceId' }],
  });
  expect(labels()).toEqual([]);
  scene.course.gradebook.addLineItem({ label: 'Of the link', scoreMaximum: 5, resourceLinkId, tag: 'grade' });
  expect((await findOrCreate({ resourceId: undefined, resourceLinkId })).label).toBe('Of the link');
});

describe.each(familyNames)('%s', (family) => {
  beforeEach(() => start(family));

  it('makes a line item, and finds it again by resource and tag, as it is', async () => {
    const made = await findOrCreate();
    expect(made).toMatchObject(QUIZ);
    const found = await findOrCreate({ label: 'Another name', scoreMaximum: 100 });
    expect(found).toEqual(made);
    expect(labels()).toEqual(['Quiz']);
  });

  it('makes another one for another tag of the same resource', async () => {
    const made = await findOrCreate();
    const other = await findOrCreate({ label: 'Time', tag: 'time' });
    expect(other.id).not.toBe(made.id);
    expect(await findOrCreate({ tag: 'time' })).toEqual(other);
  });

  it('finds what the platform made with a link, by the link', async () => {
    const [resourceLinkId] = scene.course.resourceLinkIds;
    scene.course.gradebook.addLineItem({ label: 'Of the link', scoreMaximum: 5, resourceLinkId });
    expect((await findOrCreate({ resourceLinkId })).label).toBe('Of the link');
    const byLink = { label: 'x', scoreMaximum: 1, resourceLinkId };
    expect((await scene.grades.findOrCreate(scene.client, byLink)).label).toBe('Of the link');
    expect(labels()).toEqual(['Of the link']);
  });

  it('finds what came with the copy of a course, though its link is another', async () => {
    const [resourceLinkId] = scene.course.resourceLinkIds;
    scene.course.gradebook.addLineItem({ ...QUIZ, label: 'Copied' });
    expect((await findOrCreate({ resourceLinkId })).label).toBe('Copied');
    expect(labels()).toEqual(['Copied']);
  });

  it('makes one, however many ask at once and in whatever words', async () => {
    const [resourceLinkId] = scene.course.resourceLinkIds;
    const inputs = [{}, { label: 'Other' }, { resourceLinkId }, { label: 'Third', resourceLinkId }];
    const all = await Promise.all(Array.from({ length: 40 }, (_, nth) => findOrCreate(inputs[nth % 4])));
    expect(labels()).toHaveLength(1);
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
  });

  it('finds what was made when the answer was lost, in the same call', async () => {
    // The first two requests search for it.
    scene.lms.faults.add({ kind: 'cut', when: 'before-headers', on: 'lineitems', after: 2 });
    expect(await findOrCreate()).toMatchObject(QUIZ);
    expect(scene.lms.faults.pending).toEqual([]);
    expect(labels()).toEqual(['Quiz']);
  });

  it('finds what was made when the answer was lost, in the next call', async () => {
    scene.lms.faults.add({ kind: 'cut', when: 'before-headers', on: 'lineitems', after: 2, times: 3 });
    await expect(findOrCreate()).rejects.toMatchObject({ code: 'platform_unreachable' });
    expect(await findOrCreate()).toMatchObject(QUIZ);
    expect(labels()).toEqual(['Quiz']);
  });
});

describe('of the generic family', () => {
  beforeEach(() => start('generic'));

  it('asks once for what is there, and no database', async () => {
    const made = await findOrCreate();
    const before = scene.lms.counts.lineItemRequests;
    await scene.stop();
    expect(before).toBeGreaterThan(0);
    scene = await GradeScene.start(keys, 'generic');
    const item = scene.course.gradebook.addLineItem(QUIZ);
    expect(await findOrCreate()).toEqual({ ...made, id: item.url });
    expect(scene.lms.counts.lineItemRequests).toBe(1);
  });

  it('makes nothing without a database', async () => {
    await scene.stop();
    const way = await PostgresProxy.start(database.url);
    const far = await database.party(undefined, way.url);
    await way.goAway();
    scene = await GradeScene.start(keys, 'generic', { leases: far.leases });
    await expect(findOrCreate()).rejects.toMatchObject({ code: 'database_unavailable' });
    expect(labels()).toEqual([]);
    await way.stop();
  });

  it('makes one for a class that begins at once, and looks once more for all of it', async () => {
    const looks = 30;
    await Promise.all(Array.from({ length: looks }, () => findOrCreate()));
    expect(scene.lms.counts.lineItemRequests).toBe(looks + 2);
  });

  it('tells everybody who asked when the platform refuses', async () => {
    scene.lms.faults.add({ kind: 'server-error', on: 'lineitems', after: 3, times: 'always' });
    const ends = await Promise.allSettled([findOrCreate(), findOrCreate()]);
    const failed = { reason: expect.objectContaining({ code: 'grades_unavailable' }) as Error };
    expect(ends).toMatchObject([failed, failed]);
    scene.lms.faults.clear();
    expect(await findOrCreate()).toMatchObject(QUIZ);
  });

  it.each([{}, { tag: 'grade' }])('refuses %j, by which nothing could be found again', async (names) => {
    const input = { label: 'Quiz', scoreMaximum: 20, ...names };
    await expect(scene.grades.findOrCreate(scene.client, input)).rejects.toMatchObject({
      code: 'invalid_request',
      faults: [{ field: 'resourceId' }, { field: 'resourceLinkId' }],
    });
    expect(scene.lms.counts.lineItemRequests).toBe(0);
  });

  it('takes the one that has its link of several for the same resource', async () => {
    const [resourceLinkId] = scene.course.resourceLinkIds;
    scene.course.gradebook.addLineItem({ ...QUIZ, label: 'Of no link' });
    scene.course.gradebook.addLineItem({ ...QUIZ, label: 'Of the link', resourceLinkId });
    expect((await findOrCreate()).label).toBe('Of no link');
    expect((await findOrCreate({ resourceLinkId })).label).toBe('Of the link');
  });

  it('makes one for another resource on the same link', async () => {
    const [resourceLinkId] = scene.course.resourceLinkIds;
    await findOrCreate({ resourceLinkId });
    await findOrCreate({ resourceLinkId, resourceId: 'quiz-2', label: 'Second' });
    expect(labels()).toEqual(['Quiz', 'Second']);
  });
});

describe('a platform that ignores filters', () => {
  let items: object[];
  let platform: LoopbackServer;
  let beforeAnswer: (nth: number) => Promise<unknown>;

  beforeEach(async () => {
    await start('generic');
    items = [
      { id: 'https://lms.example/1', label: 'Other', scoreMaximum: 1, resourceId: 'other', tag: 'grade' },
      { id: 'https://lms.example/2', label: 'Time', scoreMaximum: 1, resourceId: 'quiz-1', tag: 'time' },
    ];
    beforeAnswer = done;
    platform = await LoopbackServer.start(async (response, { method, body }, nth) => {
      await beforeAnswer(nth);
      if (method === 'POST') items.push({ id: 'https://lms.example/3', ...(JSON.parse(body) as object) });
      response.end(JSON.stringify(method === 'POST' ? items.at(-1) : items));
    });
  });

  afterEach(() => platform.stop());

  const ask = (input: NewLineItem = QUIZ, grades = scene.grades) =>
    grades.findOrCreate(scene.client.withEndpoints({ lineItems: platform.url('/items') }), input);

  it('does not make findOrCreate return a line item that does not match', async () => {
    const made = await ask();
    expect(made).toMatchObject({ ...QUIZ, id: 'https://lms.example/3' });
    expect(await ask()).toEqual(made);
    expect(items).toHaveLength(3);
  });

  it('makes nothing for a process that stood still after it had looked', async () => {
    const looked = 2;
    beforeAnswer = async (nth) => {
      if (nth === looked) await sql(database.url, 'UPDATE nest_lti.lease SET holder = gen_random_uuid()');
    };
    await expect(ask()).rejects.toMatchObject({ code: 'lease_lost' });
    expect(items).toHaveLength(2);
  });

  it('gets one from two processes, of which one names the resource and the other its link alone', async () => {
    const clock = new FakeClock();
    const elsewhere = composeGrades(clock, (await database.party(clock)).leases);
    const byLink = { label: 'Quiz', scoreMaximum: 20, resourceLinkId: '7' };
    let goOn = (): void => undefined;
    const untilGoOn = new Promise<void>((resolve) => (goOn = resolve));
    // After two searches.
    const making = 3;
    beforeAnswer = (nth) => (nth === making ? untilGoOn : done());
    const first = ask(byLink);
    await platform.untilRequests(making);
    const second = ask({ ...QUIZ, resourceLinkId: '7' }, elsewhere);
    // The second process polls, for a bounded time.
    await Promise.race([clock.untilSleeping(2), second]);
    goOn();
    const { id } = await first;
    await until('the second', () => {
      clock.advance(250);
      return Promise.race([second, delay(10, undefined)]);
    });
    expect(await second).toMatchObject({ id, resourceLinkId: '7' });
    expect(items).toHaveLength(3);
  });
});
