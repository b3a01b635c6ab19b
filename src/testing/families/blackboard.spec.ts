import { GradebookScene, nextOf } from '../../../test/support/gradebook-scene.js';
import { readPage, readPages } from '../../../test/support/page-reader.js';
import { SigningTool } from '../../../test/support/signing-tool.js';
import { type SimulatedLineItem } from '../gradebook/simulated-line-item.js';

describe('the blackboard family', () => {
  let tool: SigningTool;
  let scene: GradebookScene;
  let item: SimulatedLineItem;

  beforeAll(async () => {
    tool = await SigningTool.create();
  });
  beforeEach(async () => {
    scene = await GradebookScene.start(tool, 'blackboard');
    item = scene.addLineItem();
  });
  afterEach(() => scene.stop());

  const roster = (query = '') => readPages(`${scene.course.membershipsUrl}${query}`, scene.token);

  it('has one issuer for every customer, and an audience that is the token URL', () => {
    expect([scene.lms.issuer, scene.lms.tokenAudience]).toEqual([
      'https://blackboard.com',
      scene.lms.tokenUrl,
    ]);
  });

  it('has user ids of 32 hexadecimal digits, new ones too', () => {
    const added = scene.course.addMember();
    for (const { userId } of scene.course.members) expect(userId).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(scene.course.members.map(({ userId }) => userId)).size).toBe(6);
    expect(scene.course.members).toContain(added);
  });

  it('returns 1,000 members per page, and the last page of several links to itself', async () => {
    scene = await restarted({ members: 2002 });
    const url = scene.course.membershipsUrl;
    const first = await readPage(`${url}?limit=5000`, scene.token);
    const second = await readPage(first.next ?? '', scene.token);
    const third = await readPage(second.next ?? '', scene.token);
    expect([first.ids.length, second.ids.length, third.ids.length]).toEqual([1000, 1000, 2]);
    expect(third.next).toBe(second.next);
  });

  it('links a full last page to an empty page that links to itself', async () => {
    const last = await readPage(`${scene.course.membershipsUrl}?limit=5`, scene.token);
    const empty = await readPage(last.next ?? '', scene.token);
    expect([last.ids.length, empty.ids.length, empty.next]).toEqual([5, 0, last.next]);
  });

  it('ends a roster of one page', async () => {
    expect((await roster()).pages.map(({ next }) => next)).toEqual([undefined]);
  });

  it('shows a tool only its own line items', async () => {
    item.ofAnotherTool = true;
    expect((await scene.lineItems()).json).toEqual([]);
    expect((await scene.lineItem(item.url)).status).toBe(404);
    expect((await scene.post(item)).status).toBe(404);
  });

  it('creates a line item without a resource link, whatever is sent', async () => {
    const [resourceLinkId] = scene.course.resourceLinkIds;
    const made = await scene.create({ label: 'x', scoreMaximum: 5, resourceLinkId, resourceId: 'r' });
    expect(made).toMatchObject({ status: 201, json: { label: 'x', resourceId: 'r' } });
    expect(made.json).not.toHaveProperty('resourceLinkId');
  });

  it('refuses a PUT with an id, and otherwise merges the fields that it names', async () => {
    const { json } = await scene.lineItem(item.url);
    expect((await scene.put(item.url, json as object)).status).toBe(400);
    expect((await scene.put(item.url, { label: 'New', scoreMaximum: 7 })).status).toBe(200);
    expect(item.content).toMatchObject({ label: 'New', scoreMaximum: 7 });
  });

  it('answers 400 with plain text to a score for an unknown user', async () => {
    const { status, text, headers } = await scene.post(item, scene.score({ userId: 'nobody' }));
    expect([status, text]).toEqual([400, 'User could not be found: nobody']);
    expect(headers.get('content-type')).toContain('text/plain');
  });

  it('deletes the comment when none is sent, and the grade when the score has none', async () => {
    const { userId } = scene.course.learner;
    await scene.post(item, scene.score({ comment: 'Good.' }));
    scene.clock.advance(1000);
    await scene.post(item);
    expect(item.entry(userId)).toMatchObject({ scoreGiven: 15, comment: undefined });
    scene.clock.advance(1000);
    await scene.post(item, scene.score({ scoreGiven: undefined, gradingProgress: 'NotReady' }));
    expect(item.resultScore(userId)).toBeUndefined();
  });

  it('omits the comment from the results of one user, and includes it in those of all', async () => {
    const { userId } = scene.course.learner;
    await scene.post(item, scene.score({ comment: 'Good.' }));
    expect((await scene.results(item)).json).toMatchObject([{ userId, comment: 'Good.' }]);
    expect((await scene.results(item, `user_id=${userId}`)).json).toMatchObject([{ userId, comment: '' }]);
  });

  it('returns its results in pages', async () => {
    for (const { userId } of scene.course.members) await scene.post(item, scene.score({ userId }));
    const page = await scene.results(item, 'limit=2');
    expect(page.json).toHaveLength(2);
    expect(nextOf(page)).toContain('from=2');
  });

  async function restarted(course: { members: number }): Promise<GradebookScene> {
    await scene.stop();
    return GradebookScene.start(tool, 'blackboard', course);
  }
});
