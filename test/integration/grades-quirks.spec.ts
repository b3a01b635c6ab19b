import { type FamilyName } from '../../src/testing/index.js';
import { canvasSubmission } from '../../src/testing/service-constants.js';
import { GradeScene } from '../support/grade-scene.js';
import { LoopbackServer } from '../support/loopback-server.js';
import { createSigningKeys, type SigningKeys } from '../support/signing-keys.js';

const EXTENSION = 'https://tool.example.edu/lti/colour';

let keys: SigningKeys;
let scene: GradeScene;

beforeAll(async () => {
  keys = await createSigningKeys();
});

afterEach(() => scene.stop());

async function start(family: FamilyName): Promise<GradeScene> {
  scene = await GradeScene.start(keys, family);
  return scene;
}

describe('Moodle', () => {
  beforeEach(() => start('moodle'));

  it('takes scores whose comments have several lines', async () => {
    const item = scene.addLineItem();
    const { student: userId, client } = scene;
    const comment = 'Well done.\nBut:\r\nno sources.';
    await scene.grades.postScore(client, item.url, { userId, scoreGiven: 15, scoreMaximum: 20, comment });
    expect(item.entry(userId)?.comment).toBe(comment);
  });

  it('refuses a second score of the same second', async () => {
    const item = scene.addLineItem();
    await scene.score(item, 15);
    const score = { userId: scene.student, scoreGiven: 16, scoreMaximum: 20 };
    const posted = scene.grades.postScore(scene.client, item.url, score);
    await expect(posted).rejects.toMatchObject({ code: 'score_stale', answer: { platformStatus: 409 } });
  });

  it('fails over a locked line item, which may be open again later', async () => {
    const item = scene.addLineItem();
    item.locked = true;
    const retryAt = new Date(scene.tokens.clock.now().getTime() + 61_000);
    await expect(scene.score(item, 15)).rejects.toMatchObject({ code: 'grades_unavailable', retryAt });
  });

  it('lists a result of 0', async () => {
    const item = scene.addLineItem();
    await scene.score(item, 0);
    expect(await scene.grades.results(scene.client, item.url)).toMatchObject([{ resultScore: 0 }]);
  });

  it('keeps the digits of a third, though Moodle rounds before it scales', async () => {
    const item = scene.course.gradebook.addLineItem({ label: 'Thirds', scoreMaximum: 100 });
    const { student: userId, tokens } = scene;
    for (const scoreGiven of [1 / 3, 2 / 3]) {
      tokens.clock.advance(1000);
      await scene.grades.postScore(scene.client, item.url, { userId, scoreGiven, scoreMaximum: 1 });
      expect(item.entry(userId)?.scoreMaximum).toBe(100);
      expect(item.entry(userId)?.scoreGiven).toBeCloseTo(scoreGiven * 100, 5);
    }
    // One request for both scores.
    expect(scene.lms.counts.lineItemRequests).toBe(1);
    await scene.score(item, 12.5);
    expect(item.entry(userId)?.scoreMaximum).toBe(20);
  });

  it('is not asked for a user id that is not a number', async () => {
    await expect(scene.score(scene.addLineItem(), 15, 'user-00002')).rejects.toMatchObject({
      code: 'invalid_request',
      faults: [{ field: 'userId' }],
    });
    expect(scene.lms.counts.scoreRequests).toBe(0);
  });

  it.each([
    ['label', { label: 'x'.repeat(300), scoreMaximum: 1 }],
    ['resourceId', { label: 'x', scoreMaximum: 1, resourceId: 'x'.repeat(600) }],
    ['scoreMaximum', { label: 'x', scoreMaximum: 1e9 }],
  ])('is not asked for what it cannot store: %s', async (field, input) => {
    await expect(scene.grades.create(scene.client, input)).rejects.toMatchObject({
      code: 'invalid_request',
      faults: [{ field }],
    });
    expect(scene.lms.counts.lineItemRequests).toBe(0);
  });
});

describe('Blackboard', () => {
  beforeEach(() => start('blackboard'));

  it('is asked for all results when one student is wanted, for the others lack the comment', async () => {
    const item = scene.addLineItem();
    const { student: userId, client, grades } = scene;
    await grades.postScore(client, item.url, { userId, scoreGiven: 15, scoreMaximum: 20, comment: 'Good.' });
    await scene.score(item, 7, scene.userId(2));
    expect(await grades.results(client, item.url, { userId, max: 1 })).toEqual([
      { userId, resultScore: 15, resultMaximum: 20, comment: 'Good.', extensions: {} },
    ]);
  });

  it('gets no id in the change of a line item, which it would refuse', async () => {
    const item = scene.addLineItem();
    await scene.grades.update(scene.client, item.url, { label: 'Essay' });
    expect(item.content).toMatchObject({ label: 'Essay', scoreMaximum: 20 });
  });

  it('says in its own words that it does not know a user', async () => {
    const posted = scene.score(scene.addLineItem(), 15, 'nobody');
    await expect(posted).rejects.toMatchObject({
      code: 'grades_refused',
      message: expect.stringContaining('User could not be found: nobody'),
    });
  });
});

describe('Schoology', () => {
  it('takes a new line item, and its change', async () => {
    await start('schoology');
    const { grades, client } = scene;
    const made = await grades.create(client, { label: 'Essay', scoreMaximum: 10, resourceId: 'e' });
    const changed = await grades.update(client, made.id, { scoreMaximum: 9 });
    expect(changed).toEqual({ ...made, scoreMaximum: 9 });
  });
});

describe('Canvas', () => {
  beforeEach(() => start('canvas'));

  it('counts no new attempt unless the score says so', async () => {
    const item = scene.addLineItem();
    await scene.score(item, 15);
    expect(item.entry(scene.student)?.attempts).toBe(0);
    scene.tokens.clock.advance(1000);
    const score = { userId: scene.student, scoreGiven: 15, scoreMaximum: 20 };
    const submission = { newSubmission: true, preserveScore: true, submissionType: 'online_url' as const };
    await scene.grades.postScore(scene.client, item.url, { ...score, canvasSubmission: submission });
    expect(item.entry(scene.student)).toMatchObject({
      attempts: 1,
      lastScore: {
        [canvasSubmission]: { new_submission: true, preserve_score: true, submission_type: 'online_url' },
      },
    });
  });

  it('keeps a grade with preserveScore, and one that is there with prioritizeNonToolGrade', async () => {
    const item = scene.addLineItem();
    const post = (
      scoreGiven: number | null,
      submission: { preserveScore?: boolean; prioritizeNonToolGrade?: boolean },
      comment?: string,
    ) => {
      scene.tokens.clock.advance(1000);
      const score = { userId: scene.student, scoreGiven, scoreMaximum: 20, comment };
      return scene.grades.postScore(scene.client, item.url, { ...score, canvasSubmission: submission });
    };
    await post(15, { preserveScore: true }, 'Handed in');
    expect(item.resultScore(scene.student)).toBeUndefined();
    await post(15, { prioritizeNonToolGrade: true });
    await post(3, { prioritizeNonToolGrade: true }, 'Late');
    await post(null, { preserveScore: true });
    expect(item.resultScore(scene.student)).toBe(15);
    expect(item.entry(scene.student)).toMatchObject({ accepted: 4, comments: ['Handed in', 'Late'] });
    await post(null, {});
    expect(item.resultScore(scene.student)).toBeUndefined();
  });

  it('refuses scores of a teacher', async () => {
    const posted = scene.score(scene.addLineItem(), 15, scene.userId(0));
    await expect(posted).rejects.toMatchObject({ code: 'grades_refused', answer: { platformStatus: 422 } });
  });

  it('is asked on the host of its line items, whichever host an id names', async () => {
    const item = scene.addLineItem();
    const elsewhere = item.url.replace('127.0.0.1', 'canvas.elsewhere.example');
    await scene.score({ url: elsewhere }, 15);
    await scene.grades.update(scene.client, elsewhere, { label: 'Essay' });
    expect(item.entry(scene.student)?.scoreGiven).toBe(15);
    expect(item.content.label).toBe('Essay');
  });

  it('is not asked for what is in no list of the course', async () => {
    const posted = scene.score(
      { url: 'https://canvas.elsewhere.example/api/lti/courses/7/line_items/1' },
      15,
    );
    await expect(posted).rejects.toMatchObject({ code: 'foreign_line_item' });
  });

  it('is said to have no such line item when the course is concluded', async () => {
    const item = scene.addLineItem();
    scene.course.concluded = true;
    await expect(scene.score(item, 15)).rejects.toMatchObject({ code: 'line_item_gone' });
  });
});

it('Open edX makes no line item without a resourceId, and says so', async () => {
  await start('openedx');
  const made = scene.grades.create(scene.client, { label: 'No resourceId', scoreMaximum: 1 });
  await expect(made).rejects.toMatchObject({ code: 'grades_refused', answer: { platformStatus: 400 } });
});

it('Sakai gives a result of everybody, without a score where there is none', async () => {
  await start('sakai');
  const item = scene.addLineItem();
  const results = await scene.grades.results(scene.client, item.url);
  expect(results.map(({ resultScore }) => resultScore)).toEqual(new Array(5).fill(undefined));
});

it.each(['.', '..'])('the user id %j does not change the path of the request', async (userId) => {
  await start('sakai');
  const item = scene.addLineItem();
  expect(await scene.grades.results(scene.client, item.url, { userId })).toEqual([]);
});

it('keeps the extensions of a line item and of a score', async () => {
  await start('generic');
  const { grades, client, student: userId } = scene;
  const extensions = { [EXTENSION]: { name: 'red', depth: [1, null] } };
  const moments = { startDateTime: new Date(0), endDateTime: new Date(1) };
  const input = { label: 'Q', scoreMaximum: 1, gradesReleased: false, ...moments, extensions };
  const made = await grades.create(client, input);
  expect(made).toEqual({ id: made.id, ...input });
  expect(await grades.update(client, made.id, { label: 'R' })).toEqual({ ...made, label: 'R' });
  const [item] = scene.course.gradebook.lineItems;
  await grades.postScore(client, made.id, { userId, scoreGiven: 1, scoreMaximum: 1, extensions });
  expect(item?.entry(userId)?.lastScore[EXTENSION]).toEqual(extensions[EXTENSION]);
});

it('takes a field of a line item away by null, and leaves the others', async () => {
  await start('generic');
  const { grades, client } = scene;
  const made = await grades.create(client, { label: 'Q', scoreMaximum: 1, tag: 't', resourceId: 'r' });
  const { tag: _, ...rest } = made;
  expect(await grades.update(client, made.id, { tag: null })).toEqual(rest);
});

describe('a platform that answers a line item with an empty body', () => {
  const json = (id: string, label: string): string => JSON.stringify({ id, label, scoreMaximum: 1 });
  let quiet: LoopbackServer;
  let location: string | undefined;

  beforeEach(async () => {
    await start('generic');
    location = '/items/1';
    quiet = await LoopbackServer.start((response, { method }) => {
      if (method === 'GET') return response.end(json(quiet.url('/items/1'), 'as it is there'));
      return response.writeHead(method === 'POST' ? 201 : 204, location ? { location } : {}).end();
    });
  });

  afterEach(() => quiet.stop());

  const client = () => scene.client.withEndpoints({ lineItems: quiet.url('/items') });

  it('is asked again for what was changed', async () => {
    const changed = await scene.grades.update(client(), quiet.url('/items/1'), { label: 'x' });
    expect(changed.label).toBe('as it is there');
    expect(quiet.requests.map(({ method }) => method)).toEqual(['GET', 'PUT', 'GET']);
  });

  it('is asked for what was made where it says that it is', async () => {
    const made = await scene.grades.create(client(), { label: 'x', scoreMaximum: 1 });
    expect(made).toMatchObject({ id: quiet.url('/items/1'), label: 'as it is there' });
  });

  it('and nowhere else', async () => {
    location = 'https://elsewhere.example/items/1';
    const input = { label: 'x', scoreMaximum: 1 };
    await expect(scene.grades.create(client(), input)).rejects.toMatchObject({ code: 'foreign_line_item' });
    location = undefined;
    await expect(scene.grades.create(client(), input)).rejects.toMatchObject({ code: 'grades_unreadable' });
    expect(quiet.requests.map(({ method }) => method)).toEqual(['POST', 'POST']);
  });
});
