import { GradebookScene, onPath } from '../../../test/support/gradebook-scene.js';
import { SigningTool } from '../../../test/support/signing-tool.js';
import { agsScopes } from '../service-constants.js';
import { type SimulatedLineItem } from './simulated-line-item.js';
import { SimulatedPlatform } from '../simulated-platform.js';

describe('the gradebook of the moodle family', () => {
  let tool: SigningTool;
  let scene: GradebookScene;
  let item: SimulatedLineItem;

  beforeAll(async () => {
    tool = await SigningTool.create();
  });
  beforeEach(async () => {
    scene = await GradebookScene.start(tool, 'moodle');
    item = scene.addLineItem();
  });
  afterEach(() => scene.stop());

  const post = (changes: Record<string, unknown> = {}) => scene.post(item, scene.score(changes));
  const at = (time: string) => `2026-01-05T${time}Z`;

  it('redirects with 303 to its new address after a move, and a followed score arrives as GET', async () => {
    const there = await SimulatedPlatform.start({ family: 'moodle' });
    scene.lms.moveTo(there.url);
    const url = onPath(item.url, '/scores');
    const sent = { method: 'POST', body: JSON.stringify(scene.score()) };
    const moved = await fetch(url, { ...sent, redirect: 'manual' });
    const target = url.replace(scene.lms.url, there.url);
    expect([moved.status, moved.headers.get('location')]).toEqual([303, target]);
    await fetch(url, sent);
    expect(there.counts).toMatchObject({ scoreRequests: 1, scoresAccepted: 0 });
    expect(there.counts.rejected).toEqual({ wrong_method: 1 });
    await there.stop();
  });

  it('has a query in its URLs, and puts the services on the path before it', async () => {
    expect(item.url).toBe(`${scene.lms.url}/mod/lti/services.php/6/lineitems/1/lineitem?type_id=1`);
    expect((await scene.call('POST', `${item.url}/scores`, {}, '{}')).status).toBe(400);
    expect((await post()).status).toBe(200);
  });

  it('answers 200 with an empty body to a score', async () => {
    const { status, text } = await post();
    expect([status, text]).toEqual([200, '']);
  });

  it('refuses the same, an earlier and a same-second timestamp', async () => {
    await post({ timestamp: at('08:00:00.500') });
    const answers = [
      await post({ timestamp: at('08:00:00.500') }),
      await post({ timestamp: at('08:00:00.999') }),
      await post({ timestamp: at('07:00:00') }),
    ];
    expect(answers.map(({ status, text }) => [status, text])).toEqual(Array(3).fill([409, '[]']));
    expect(answers[0]?.statusText).toBe('Refusing score with an earlier timestamp for item 1 and user 2');
    expect((await post({ timestamp: at('08:00:01') })).status).toBe(200);
  });

  it('refuses later scores after a timestamp far in the future', async () => {
    expect((await post({ timestamp: '2126-01-01T00:00:00Z' })).status).toBe(200);
    scene.clock.advance(3_000_000);
    expect((await post()).status).toBe(409);
  });

  it('answers 400 to an unknown user, a teacher, a suspended user and a missing field', async () => {
    scene.course.addMember({ userId: 'suspended', status: 'Inactive' });
    const statuses = [
      await post({ userId: '999' }),
      await post({ userId: '1' }),
      await post({ userId: 'suspended' }),
      await post({ activityProgress: undefined }),
    ].map(({ status, text }) => [status, text]);
    expect(statuses).toEqual(Array(4).fill([400, '[]']));
  });

  it('answers 200 and stores nothing when the body has newlines', async () => {
    const pretty = JSON.stringify(scene.score(), undefined, 2);
    const { status, text } = await scene.post(item, pretty);
    expect([status, text]).toEqual([200, '[]']);
    expect(item.entries).toEqual([]);
    expect(scene.lms.counts).toMatchObject({ scoresAccepted: 0, rejected: { swallowed_body: 1 } });
    expect((await post({ comment: 'two\nlines' })).text).toBe('');
  });

  it.each(['Pending', 'PendingManual', 'NotReady', 'Failed'])(
    'deletes the grade by %s',
    async (gradingProgress) => {
      await post();
      expect((await post({ gradingProgress, timestamp: at('09:00:00') })).status).toBe(200);
      expect((await scene.results(item)).json).toEqual([]);
    },
  );

  it('answers 502 to a user id that is not a number', async () => {
    expect((await post({ userId: 'nobody' })).status).toBe(502);
  });

  it('lists a score of 0 among the results', async () => {
    await post({ scoreGiven: 0 });
    await post({ userId: '3', timestamp: at('08:00:07.9') });
    expect((await scene.results(item)).json).toEqual([
      expect.objectContaining({ userId: '2', resultScore: 0 }),
      {
        id: `${onPath(item.url, '/results')}&user_id=3`,
        userId: '3',
        resultScore: 15,
        resultMaximum: 20,
        scoreOf: item.url,
        timestamp: '2026-01-05T08:00:07+00:00',
      },
    ]);
    expect(scene.lms.gradebook('6')[0]?.results[0]?.resultScore).toBe(0);
  });

  it('answers 404 with an HTML page to results with a limit beside type_id', async () => {
    const { status, headers } = await scene.results(item, 'limit=3');
    expect([status, headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
    expect((await scene.results(item, '', '/results/2')).status).toBe(404);
  });

  it('writes broken Link headers', async () => {
    scene.addLineItem();
    const { headers } = await scene.lineItems('limit=1');
    const link = Buffer.from(headers.get('link') ?? '', 'latin1').toString('utf8');
    expect(link).toContain(`<${scene.course.lineItemsUrl}&amp;limit=1&amp;from=1>; rel=\u201cnext\u201d`);
    const last = (await scene.lineItems('limit=1&from=1')).headers.get('link') ?? '';
    const rels = [
      ...Buffer.from(last, 'latin1')
        .toString('utf8')
        .matchAll(/\u201c(\w+)\u201d/g),
    ];
    expect(rels.map(([, rel]) => rel)).toEqual(['first', 'prev', 'canonical', 'last']);
  });

  it('answers the same 401 to an invalid token and to another scope, without WWW-Authenticate', async () => {
    await scene.narrow(agsScopes.lineItem, agsScopes.resultReadonly);
    const wrongScope = await post();
    scene.token = 'garbage';
    const garbage = await post();
    expect([wrongScope.status, wrongScope.headers.get('www-authenticate')]).toEqual([401, null]);
    expect(garbage.text).toBe(wrongScope.text);
  });

  it("answers the same 401 for another tool's line item as to an expired token, whatever the request", async () => {
    const ask = async () =>
      [await post(), await scene.lineItem(item.url), await scene.results(item)].map(({ status, text }) => [
        status,
        text,
      ]);
    item.ofAnotherTool = true;
    const foreign = await ask();
    item.ofAnotherTool = false;
    scene.token = 'garbage';
    expect(foreign).toEqual(await ask());
    expect(foreign.map(([status]) => status)).toEqual([401, 401, 401]);
    expect(item.entries).toEqual([]);
    expect(scene.lms.counts.rejected).toMatchObject({ foreign_line_item: 3 });
  });

  it('deletes the comment when a score has none', async () => {
    const result = async () => (await scene.results(item)).json;
    await post({ comment: 'Good', timestamp: at('08:00:00') });
    expect(await result()).toMatchObject([{ resultScore: 15, comment: 'Good' }]);
    await post({ comment: undefined, timestamp: at('08:00:01') });
    expect(await result()).toMatchObject([{ resultScore: 15 }]);
    expect(await result()).not.toHaveProperty([0, 'comment']);
    expect(item.entry('2')).toMatchObject({ comments: [] });
  });

  it('answers 500 for a locked line item', async () => {
    item.locked = true;
    const { status, text } = await post();
    expect([status, text]).toEqual([500, '[]']);
  });

  it('does not store dates and extensions, though it returns them when they are sent', async () => {
    const sent = {
      label: 'A/é',
      scoreMaximum: 1,
      endDateTime: '2027-01-01T00:00:00Z',
      'https://x.example/': 1,
    };
    const created = await scene.create(sent);
    const id = scene.course.gradebook.lineItem('2').url;
    expect(created.text).toBe(JSON.stringify({ ...sent, id }).replace('é', '\\u00e9'));
    expect((await scene.lineItem(id)).json).toEqual({ id, label: 'A/é', scoreMaximum: 1 });
  });

  it('refuses to delete the line item of a resource link', async () => {
    const coupled = scene.course.gradebook.addLineItem({ label: 'x', scoreMaximum: 1, coupled: true });
    expect((await scene.delete(coupled.url)).status).toBe(403);
    expect((await scene.delete(item.url)).status).toBe(204);
  });
});
