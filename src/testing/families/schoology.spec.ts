import { GradebookScene } from '../../../test/support/gradebook-scene.js';
import { readPage, readPages } from '../../../test/support/page-reader.js';
import { SigningTool } from '../../../test/support/signing-tool.js';
import { type SimulatedLineItem } from '../gradebook/simulated-line-item.js';

describe('the schoology family', () => {
  let tool: SigningTool;
  let scene: GradebookScene;
  let item: SimulatedLineItem;

  beforeAll(async () => {
    tool = await SigningTool.create();
  });
  beforeEach(async () => {
    scene = await GradebookScene.start(tool, 'schoology', { members: 250 });
    item = scene.addLineItem();
  });
  afterEach(() => scene.stop());

  it('has one issuer for every customer, and an audience that is the token URL', () => {
    expect([scene.lms.issuer, scene.lms.tokenAudience]).toEqual([
      'https://schoology.schoology.com',
      scene.lms.tokenUrl,
    ]);
  });

  it('returns at most 100 members per page and counts pages from 0', async () => {
    const url = scene.course.membershipsUrl;
    const { ids, pages } = await readPages(`${url}?limit=500`, scene.token);
    expect(ids).toEqual(scene.course.members.map(({ userId }) => userId));
    expect(pages.map((page) => [page.ids.length, page.next])).toEqual([
      [100, `${url}?limit=100&page=1`],
      [100, `${url}?limit=100&page=2`],
      [50, undefined],
    ]);
  });

  it('refuses the roster of a resource link', async () => {
    const url = `${scene.course.membershipsUrl}?rlid=${scene.course.resourceLinkIds[0]}`;
    const { status, text } = await readPage(url, scene.token);
    expect([status, JSON.parse(text)]).toEqual([
      400,
      { error: 'Invalid parameter: "query.rlid" is not allowed' },
    ]);
  });

  it('refuses a roster that is not asked for with its media type', async () => {
    const accept = { accept: 'application/json' };
    const { status, text } = await readPage(scene.course.membershipsUrl, scene.token, accept);
    expect([status, JSON.parse(text)]).toEqual([400, { error: 'handleNamesRoles: Invalid Accept Header' }]);
  });

  it('refuses a new line item with an id, and accepts an id in a PUT', async () => {
    const { status, json } = await scene.create({ id: 'https://x', label: 'x', scoreMaximum: 1 });
    expect([status, json]).toEqual([400, { error: 'Invalid parameter "body.id": "id" is not allowed' }]);
    const read = await scene.lineItem(item.url);
    expect((await scene.put(item.url, { ...(read.json as object), scoreMaximum: 9 })).status).toBe(200);
    expect(item.content.scoreMaximum).toBe(9);
  });

  it('does not store the dates of a line item', async () => {
    const made = await scene.create({ label: 'x', scoreMaximum: 1, endDateTime: '2026-02-01T00:00:00Z' });
    expect(made.status).toBe(201);
    expect(made.json).not.toHaveProperty('endDateTime');
  });

  it('shows a tool only its own line items', async () => {
    item.ofAnotherTool = true;
    expect((await scene.lineItems()).json).toEqual([]);
    expect((await scene.lineItem(item.url)).status).toBe(404);
  });

  it('answers 201 to a score and accepts it as a grade whatever its grading progress', async () => {
    const { userId } = scene.course.learner;
    const { status } = await scene.post(item, scene.score({ gradingProgress: 'NotReady' }));
    expect([status, item.resultScore(userId)]).toEqual([201, 15]);
  });

  it('stores a comment without a score, and deletes a comment that is not sent again', async () => {
    const { userId } = scene.course.learner;
    await scene.post(item, scene.score({ scoreGiven: undefined, comment: 'Missing' }));
    expect((await scene.results(item)).json).toEqual([
      expect.objectContaining({ userId, comment: 'Missing' }),
    ]);
    scene.clock.advance(1000);
    await scene.post(item);
    expect(item.entry(userId)).toMatchObject({ scoreGiven: 15, comment: undefined });
  });

  it('starts a launch by GET with a storage frame, and does not name the deployment', () => {
    scene.lms.addTool({
      clientId: 'launched',
      jwks: { keys: [] },
      launch: {
        loginUrl: 'https://tool.example.edu/login',
        redirectUris: ['https://tool.example.edu/launch'],
      },
    });
    const { method, parameters } = scene.lms.startLaunch({ clientId: 'launched', contextId: '6' });
    expect(method).toBe('GET');
    expect(parameters).toHaveProperty('lti_storage_target');
    expect(parameters).not.toHaveProperty('lti_deployment_id');
  });
});
