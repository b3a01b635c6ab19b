import { familyNames, type SimulatedLineItem } from '../../src/testing/index.js';
import { GradeScene } from '../support/grade-scene.js';
import { createSigningKeys, type SigningKeys } from '../support/signing-keys.js';

let keys: SigningKeys;

beforeAll(async () => {
  keys = await createSigningKeys();
});

describe.each(familyNames)('%s', (family) => {
  let scene: GradeScene;
  let item: SimulatedLineItem;

  beforeEach(async () => {
    scene = await GradeScene.start(keys, family);
    item = scene.addLineItem();
  });

  afterEach(() => scene.stop());

  it('makes, reads, changes and deletes a line item', async () => {
    const { grades, client } = scene;
    const made = await grades.create(client, { label: 'Essay', scoreMaximum: 10, resourceId: 'e', tag: 't' });
    const fields = { label: 'Essay', scoreMaximum: 10, resourceId: 'e', tag: 't', extensions: {} };
    expect(made).toEqual({ id: made.id, ...fields });
    expect(await grades.lineItem(client, made.id)).toEqual(made);
    const changed = await grades.update(client, made.id, { label: 'Essay, again', scoreMaximum: 12.5 });
    expect(changed).toEqual({ ...made, label: 'Essay, again', scoreMaximum: 12.5 });
    expect(await grades.lineItem(client, made.id)).toEqual(changed);
    await grades.delete(client, made.id);
    await expect(grades.lineItem(client, made.id)).rejects.toMatchObject({ code: 'line_item_gone' });
    await grades.delete(client, made.id);
  });

  it('gives every line item once, over all pages', async () => {
    const labels = Array.from({ length: 24 }, (_, index) => scene.addLineItem(`Quiz ${index}`).content.label);
    const found = await scene.grades.lineItems(scene.client, { limit: 10 });
    expect(found.map(({ label }) => label)).toEqual(['Quiz', ...labels]);
  });

  it('finds line items by resource link, resource and tag', async () => {
    const { grades, client, course } = scene;
    const [resourceLinkId] = course.resourceLinkIds;
    course.gradebook.addLineItem({
      label: 'L',
      scoreMaximum: 1,
      resourceLinkId,
      resourceId: 'a b&c',
      tag: 'ü',
    });
    for (const query of [{ resourceLinkId }, { resourceId: 'a b&c' }, { tag: 'ü' }]) {
      expect((await grades.lineItems(client, query)).map(({ label }) => label)).toEqual(['L']);
    }
    expect(await grades.lineItems(client, { tag: 'none' })).toEqual([]);
  });

  it('takes a score, extra credit and a correction', async () => {
    await scene.score(item, 25);
    expect(item.entry(scene.student)?.scoreGiven).toBe(25);
    await scene.score(item, 15.5);
    expect(item.entry(scene.student)).toMatchObject({ scoreGiven: 15.5, scoreMaximum: 20, accepted: 2 });
  });

  it('clears a grade by null', async () => {
    await scene.score(item, 15);
    await scene.score(item, null);
    expect(item.entry(scene.student)).toMatchObject({ scoreGiven: undefined, accepted: 2 });
    const [result] = await scene.grades.results(scene.client, item.url, { userId: scene.student });
    expect(result?.resultScore).toBeUndefined();
  });

  it('gives the results, all of them or of one student', async () => {
    const { grades, client } = scene;
    await scene.score(item, 15);
    await scene.score(item, 7, scene.userId(2));
    const isGraded = ({ resultScore }: { resultScore?: number }): boolean => resultScore !== undefined;
    const all = (await grades.results(client, item.url, { limit: 1 })).filter(isGraded);
    expect(all).toMatchObject([
      { userId: scene.student, resultScore: 15, resultMaximum: 20 },
      { userId: scene.userId(2), resultScore: 7, resultMaximum: 20 },
    ]);
    // The platform sends only this one result, so `max` bounds what was received.
    expect(await grades.results(client, item.url, { userId: scene.userId(2), max: 1 })).toEqual([all[1]]);
  });

  it('gives no result for a user without one', async () => {
    const query = { userId: 'nobody' };
    expect(await scene.grades.results(scene.client, item.url, query)).toEqual([]);
  });

  it('says that a line item is gone', async () => {
    scene.course.gradebook.delete(item.id);
    const { grades, client, student } = scene;
    const gone = { code: 'line_item_gone' };
    await expect(scene.score(item, 1)).rejects.toMatchObject(gone);
    await expect(grades.results(client, item.url)).rejects.toMatchObject(gone);
    await expect(grades.results(client, item.url, { userId: student })).rejects.toMatchObject(gone);
    await expect(grades.update(client, item.url, { label: 'x' })).rejects.toMatchObject(gone);
  });

  it('says that an earlier score comes too late, if it looks at timestamps', async () => {
    await scene.score(item, 15);
    const timestamp = new Date(scene.tokens.clock.now().getTime() - 5000);
    const late = { userId: scene.student, scoreGiven: 3, scoreMaximum: 20, timestamp };
    const posted = scene.grades.postScore(scene.client, item.url, late);
    if (family === 'sakai') await posted;
    else await expect(posted).rejects.toMatchObject({ code: 'score_stale' });
    expect(item.entry(scene.student)?.scoreGiven).toBe(family === 'sakai' ? 3 : 15);
  });

  it('refuses a score of an unknown user in its own words', async () => {
    const posted = scene.score(item, 1, '999');
    if (family === 'openedx') await posted;
    else await expect(posted).rejects.toMatchObject({ code: 'grades_refused' });
  });

  it('does not delete the line item of a link unless it is forced', async () => {
    const [resourceLinkId] = scene.course.resourceLinkIds;
    const coupled = scene.course.gradebook.addLineItem({ label: 'L', scoreMaximum: 1, resourceLinkId });
    const { grades, client } = scene;
    await expect(grades.delete(client, coupled.url)).rejects.toMatchObject({ code: 'line_item_coupled' });
    await grades.delete(client, coupled.url, { force: true });
    expect(scene.course.gradebook.find(coupled.id)).toBeUndefined();
  });
});
