import { Scope } from '../../src/common/scopes.js';
import { type FaultInput, familyNames, type SimulatedLineItem } from '../../src/testing/index.js';
import { GradeScene, type GradeSceneOptions } from '../support/grade-scene.js';
import { LoopbackServer } from '../support/loopback-server.js';
import { createSigningKeys, type SigningKeys } from '../support/signing-keys.js';

let keys: SigningKeys;
let scene: GradeScene;
let item: SimulatedLineItem;

beforeAll(async () => {
  keys = await createSigningKeys();
});

afterEach(() => scene.stop());

async function start(family: (typeof familyNames)[number], options?: GradeSceneOptions): Promise<void> {
  scene = await GradeScene.start(keys, family, options);
  item = scene.addLineItem();
}

it.each(familyNames)('goes on with a new token when %s takes the old one no more', async (family) => {
  await start(family);
  scene.tokens.clock.advance(120_000);
  scene.lms.faults.add({ kind: 'unauthorized', on: 'scores', expireToken: true });
  await scene.score(item, 15);
  await scene.grades.results(scene.client, item.url);
  expect(item.entry(scene.student)).toMatchObject({ scoreGiven: 15, accepted: 1 });
  expect(scene.campus.tokenRequests).toBe(2);
});

describe('a platform that grants less', () => {
  it('refuses the client before any call', async () => {
    const grants = [Scope.lineItem, Scope.resultReadonly];
    await expect(GradeScene.start(keys, 'generic', { grants })).rejects.toMatchObject({
      code: 'scope_mismatch',
      required: [Scope.lineItem, Scope.score, Scope.resultReadonly],
      granted: grants,
    });
    await start('generic');
  });

  it.each(familyNames)('is not asked for what it did not grant: %s', async (family) => {
    const scopes = [Scope.lineItemReadonly];
    await start(family, { grants: scopes, gradeScopes: scopes });
    const { grades, client } = scene;
    expect(await grades.lineItems(client)).toHaveLength(1);
    const { lineItemRequests } = scene.lms.counts;
    const mismatch = { code: 'scope_mismatch' };
    await expect(scene.score(item, 1)).rejects.toMatchObject(mismatch);
    await expect(grades.results(client, item.url)).rejects.toMatchObject(mismatch);
    await expect(grades.create(client, { label: 'x', scoreMaximum: 1 })).rejects.toMatchObject(mismatch);
    await expect(grades.update(client, item.url, { label: 'x' })).rejects.toMatchObject(mismatch);
    await expect(grades.delete(client, item.url)).rejects.toMatchObject(mismatch);
    expect(scene.lms.counts).toMatchObject({ lineItemRequests, scoreRequests: 0, resultRequests: 0 });
  });
});

describe('a hostile platform', () => {
  beforeEach(async () => {
    await start('generic');
    for (const label of ['b', 'c', 'd']) scene.addLineItem(label);
  });

  it.each<[FaultInput, string]>([
    [{ kind: 'html', on: 'lineitems' }, 'grades_unreadable'],
    [{ kind: 'broken-json', on: 'lineitems' }, 'grades_unreadable'],
    [{ kind: 'huge', mebibytes: 40, on: 'lineitems' }, 'platform_response_too_large'],
    [{ kind: 'foreign-next', on: 'lineitems' }, 'foreign_next_link'],
    [{ kind: 'loop', on: 'lineitems' }, 'page_loop'],
    [{ kind: 'cut', on: 'lineitems', times: 2 }, 'platform_unreachable'],
    [{ kind: 'redirect', on: 'lineitems' }, 'platform_redirect_refused'],
    [{ kind: 'server-error', on: 'lineitems' }, 'grades_unavailable'],
  ])('that does %j on page 2 ends in an error of its own', async (fault, code) => {
    scene.lms.faults.add({ ...fault, after: 1 });
    await expect(scene.grades.lineItems(scene.client, { limit: 2 })).rejects.toMatchObject({ code });
  });

  it.each(['loop', 'foreign-next'] as const)('leads results nowhere by %s either', async (kind) => {
    await scene.score(item, 1);
    await scene.score(item, 1, scene.userId(2));
    scene.lms.faults.add({ kind, on: 'results', times: 'always' });
    await expect(scene.grades.results(scene.client, item.url, { limit: 1 })).rejects.toMatchObject({
      code: kind === 'loop' ? 'page_loop' : 'foreign_next_link',
    });
  });

  it('has not saved a score that it answers with a page for humans', async () => {
    scene.lms.faults.add({ kind: 'html', on: 'scores' });
    await expect(scene.score(item, 1)).rejects.toMatchObject({ code: 'score_not_saved' });
  });

  it('does not fill the memory', async () => {
    const tooMany = { code: 'too_many_grades' };
    await expect(scene.grades.lineItems(scene.client, { max: 3 })).rejects.toMatchObject(tooMany);
    expect(await scene.grades.lineItems(scene.client, { max: 4 })).toHaveLength(4);
  });

  it('never sees our token elsewhere, whatever the id of a line item is', async () => {
    const thief = await LoopbackServer.start((response) => response.end('{}'));
    const id = thief.url('/line_items/1');
    const { grades, client, student: userId } = scene;
    const foreign = { code: 'foreign_line_item' };
    await expect(grades.lineItem(client, id)).rejects.toMatchObject(foreign);
    await expect(grades.update(client, id, { label: 'x' })).rejects.toMatchObject(foreign);
    await expect(grades.delete(client, id, { force: true })).rejects.toMatchObject(foreign);
    await expect(grades.results(client, id)).rejects.toMatchObject(foreign);
    await expect(grades.results(client, id, { userId })).rejects.toMatchObject(foreign);
    await expect(scene.score({ url: id }, 1)).rejects.toMatchObject(foreign);
    await expect(grades.lineItem(client, 'line item')).rejects.toMatchObject({ code: 'unsafe_url' });
    expect(thief.requests).toEqual([]);
    await thief.stop();
  });

  it('is not asked on behalf of a client without a line items URL', async () => {
    const client = scene.client.withEndpoints({});
    const missing = { code: 'no_line_items_endpoint' };
    await expect(scene.grades.lineItems(client)).rejects.toMatchObject(missing);
    await expect(scene.grades.lineItem(client, item.url)).rejects.toMatchObject(missing);
  });

  it('ends the wait of a caller that has given up', async () => {
    scene.lms.faults.add({ kind: 'hang', on: 'lineitems' });
    const controller = new AbortController();
    const listed = scene.grades.lineItems(scene.client, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(listed).rejects.toThrow('enough');
  });
});

it('a wrong score is refused here, with every fault, and not sent', async () => {
  await start('generic');
  const wrong = { userId: '', scoreGiven: -1, timestamp: '2026-01-05T08:00:00' };
  await expect(scene.grades.postScore(scene.client, item.url, wrong)).rejects.toMatchObject({
    code: 'invalid_request',
    faults: [{ field: 'userId' }, { field: 'scoreGiven' }, { field: 'timestamp' }],
  });
  expect(scene.lms.counts.scoreRequests).toBe(0);
});
