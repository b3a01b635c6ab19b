import { GradebookScene, nextOf } from '../../../test/support/gradebook-scene.js';
import { SigningTool } from '../../../test/support/signing-tool.js';
import { agsScopes, lineItemContainerMediaType, lineItemMediaType } from '../service-constants.js';

describe('the line items of a gradebook by AGS 2.0', () => {
  let tool: SigningTool;
  let scene: GradebookScene;

  beforeAll(async () => {
    tool = await SigningTool.create();
  });
  beforeEach(async () => {
    scene = await GradebookScene.start(tool, 'generic');
  });
  afterEach(() => scene.stop());

  const labels = (json: unknown) => (json as { label: string }[]).map(({ label }) => label);
  const quiz = { label: 'Quiz', scoreMaximum: 20 };

  it('starts with no line items', async () => {
    const { status, json, headers } = await scene.lineItems();
    expect([status, json]).toEqual([200, []]);
    expect(headers.get('content-type')).toBe(`${lineItemContainerMediaType}; charset=utf-8`);
  });

  it('creates a line item with all of its fields and reads it back', async () => {
    const full = {
      ...quiz,
      resourceId: 'quiz-a',
      tag: 'grade',
      resourceLinkId: 'link-6',
      startDateTime: '2026-01-01T00:00:00Z',
      endDateTime: '2027-01-01T00:00:00+01:00',
      gradesReleased: false,
      'https://tool.example/extension': { deep: [1, null] },
    };
    const created = await scene.create({ ...full, unknown: 'gone' });
    const item = { id: `${scene.course.lineItemsUrl}/1`, ...full };
    expect([created.status, created.json]).toEqual([201, item]);
    expect(created.headers.get('content-type')).toBe(`${lineItemMediaType}; charset=utf-8`);
    expect((await scene.lineItem(item.id)).json).toEqual(item);
    expect((await scene.lineItems()).json).toEqual([item]);
  });

  it.each([
    [{ scoreMaximum: 1 }, 'label'],
    [{ label: '', scoreMaximum: 1 }, 'label'],
    [{ label: 'x' }, 'scoreMaximum'],
    [{ ...quiz, scoreMaximum: 0 }, 'scoreMaximum'],
    [{ ...quiz, scoreMaximum: '20' }, 'scoreMaximum'],
    [{ ...quiz, startDateTime: '2026-01-01' }, 'startDateTime'],
    [{ ...quiz, tag: 5 }, 'tag'],
  ])('refuses to create the line item %j', async (body, field) => {
    const { status, text } = await scene.create(body);
    expect([status, text]).toEqual([400, expect.stringContaining(field)]);
    expect(scene.course.gradebook.lineItems).toEqual([]);
  });

  it('refuses a body that is not JSON or has another type', async () => {
    const type = { 'content-type': lineItemMediaType };
    expect((await scene.call('POST', scene.course.lineItemsUrl, type, '{')).status).toBe(400);
    expect((await scene.create(quiz, 'application/json')).status).toBe(415);
    expect((await scene.create(quiz, `${lineItemMediaType}; charset=utf-8`)).status).toBe(201);
  });

  it('refuses the resource link of another course', async () => {
    expect((await scene.create({ ...quiz, resourceLinkId: 'link-7' })).status).toBe(404);
  });

  it('filters on every page', async () => {
    for (let number = 1; number <= 6; number += 1) {
      const tag = number % 2 === 0 ? 'even' : 'odd';
      await scene.create({ ...quiz, label: String(number), tag, resourceId: `r${number}` });
    }
    scene.course.gradebook.addLineItem({ ...quiz, label: 'linked', resourceLinkId: 'link-6' });
    const first = await scene.lineItems('tag=even&limit=2');
    const second = await scene.call('GET', String(nextOf(first)), { accept: lineItemContainerMediaType });
    expect([labels(first.json), labels(second.json), nextOf(second)]).toEqual([['2', '4'], ['6'], undefined]);
    expect(labels((await scene.lineItems('resource_id=r3')).json)).toEqual(['3']);
    expect(labels((await scene.lineItems('resource_link_id=link-6')).json)).toEqual(['linked']);
    expect(labels((await scene.lineItems('resource_id=r3&tag=even')).json)).toEqual([]);
  });

  it('returns pages of 100, and refuses a next link to which a filter was added', async () => {
    for (let number = 1; number <= 101; number += 1) scene.addLineItem(String(number));
    const first = await scene.lineItems();
    expect(labels(first.json)).toHaveLength(100);
    const accept = { accept: lineItemContainerMediaType };
    expect(labels((await scene.call('GET', String(nextOf(first)), accept)).json)).toEqual(['101']);
    expect((await scene.call('GET', `${nextOf(first)}&tag=x`, accept)).status).toBe(400);
    expect((await scene.lineItems('limit=0')).status).toBe(400);
    expect((await scene.lineItems('cursor=nonsense')).status).toBe(400);
  });

  it('replaces the whole of a line item', async () => {
    const { json } = await scene.create({ ...quiz, tag: 'grade', resourceId: 'quiz-a' });
    const { id } = json as { id: string };
    const put = await scene.put(id, { id, label: 'Renamed', scoreMaximum: 40 });
    const item = { id, label: 'Renamed', scoreMaximum: 40 };
    expect([put.status, put.json]).toEqual([200, item]);
    expect((await scene.lineItem(id)).json).toEqual(item);
    expect((await scene.put(id, { label: 'No maximum' })).status).toBe(400);
  });

  it('deletes a line item, but not one that came with a resource link', async () => {
    const item = scene.addLineItem();
    expect((await scene.delete(item.url)).status).toBe(204);
    expect((await scene.lineItem(item.url)).status).toBe(404);
    expect((await scene.delete(item.url)).status).toBe(404);
    const coupled = scene.course.gradebook.addLineItem({ ...quiz, coupled: true });
    expect((await scene.delete(coupled.url)).status).toBe(403);
    expect(scene.lms.gradebook('6')).toHaveLength(1);
  });

  it('creates the line item of a resource link with the course', () => {
    const usual = scene.lms.addCourse({ contextId: '7', title: 'Arts', members: 1, coupledLineItem: true });
    const own = scene.lms.addCourse({ members: 1, coupledLineItem: { label: 'Own', scoreMaximum: 5 } });
    expect(usual.gradebook.lineItems).toEqual([
      expect.objectContaining({
        coupled: true,
        content: { label: 'Arts', scoreMaximum: 100, resourceLinkId: 'link-7' },
      }),
    ]);
    expect(own.gradebook.lineItems[0]?.content).toMatchObject({ label: 'Own', scoreMaximum: 5 });
  });

  it('requires lineitem to write, and lineitem or lineitem.readonly to read', async () => {
    const item = scene.addLineItem();
    const statuses = async () => [
      (await scene.lineItems()).status,
      (await scene.lineItem(item.url)).status,
      (await scene.create(quiz)).status,
      (await scene.put(item.url, quiz)).status,
    ];
    await scene.narrow(agsScopes.lineItemReadonly);
    expect([...(await statuses()), (await scene.delete(item.url)).status]).toEqual([200, 200, 403, 403, 403]);
    await scene.narrow(agsScopes.lineItem);
    expect(await statuses()).toEqual([200, 200, 201, 200]);
    await scene.narrow(agsScopes.score, agsScopes.resultReadonly);
    expect(await statuses()).toEqual([403, 403, 403, 403]);
  });

  it('refuses invalid tokens, other courses, withdrawn tools, other methods and other media types', async () => {
    const item = scene.addLineItem();
    expect((await scene.lineItems('', 'application/json')).status).toBe(406);
    expect((await scene.call('GET', item.url, { accept: '*/*' })).status).toBe(406);
    expect((await scene.call('PATCH', item.url)).status).toBe(405);
    expect((await scene.call('DELETE', scene.course.lineItemsUrl)).status).toBe(405);
    expect((await scene.lineItem(item.url.replace('/6/', '/7/'))).status).toBe(404);
    expect((await scene.call('GET', `${item.url}/nothing`)).status).toBe(404);
    scene.lms.withdrawTool('6');
    expect((await scene.lineItems()).status).toBe(401);
    scene.token = 'garbage';
    const { status, headers } = await scene.lineItem(item.url);
    expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer error="invalid_token"']);
    expect(scene.lms.counts).toMatchObject({
      lineItemRequests: 7,
      rejected: {
        not_acceptable: 2,
        wrong_method: 2,
        unknown_course: 1,
        tool_withdrawn: 1,
        unknown_token: 1,
      },
    });
  });
});
