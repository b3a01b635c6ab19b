import { GradebookScene, nextOf } from '../../../test/support/gradebook-scene.js';
import { SigningTool } from '../../../test/support/signing-tool.js';
import { familyNames, type FamilyName } from '../families/family.js';
import { type SimulatedCourseInput } from '../platform/platform-state.js';
import { agsScopes, canvasSubmission } from '../service-constants.js';
import { type SimulatedLineItem } from './simulated-line-item.js';

describe('the families of the gradebook', () => {
  let tool: SigningTool;
  let scene: GradebookScene;
  let item: SimulatedLineItem;

  beforeAll(async () => {
    tool = await SigningTool.create();
  });
  afterEach(() => scene.stop());

  async function start(family: FamilyName, course: Partial<SimulatedCourseInput> = {}): Promise<void> {
    scene = await GradebookScene.start(tool, family, course);
    item = scene.addLineItem();
  }

  const post = (changes: Record<string, unknown> = {}) => scene.post(item, scene.score(changes));
  const statusOf = async (changes: Record<string, unknown> = {}) => (await post(changes)).status;
  const noon = '2026-01-05T12:00:00.000Z';
  const early = '2026-01-05T07:00:00.000Z';

  it.each(familyNames)('allows a tool of the %s family to create, grade, read and delete', async (family) => {
    await start(family);
    expect([200, 201]).toContain(
      (await scene.create({ label: 'x', scoreMaximum: 1, resourceId: 'r' })).status,
    );
    expect([200, 201, 204]).toContain(await statusOf());
    const { json } = await scene.results(item, '', family === 'openedx' ? '/results/' : '/results');
    expect(json).toContainEqual(
      expect.objectContaining({ userId: scene.score().userId, resultScore: 15, resultMaximum: 20 }),
    );
    expect([200, 204]).toContain((await scene.delete(item.url)).status);
    expect((await scene.lineItem(item.url)).status).toBe(404);
  });

  describe('of the canvas family', () => {
    it('returns the URL of the result, where the result can be read', async () => {
      await start('canvas');
      const { status, json } = await post();
      expect([status, json]).toEqual([200, { resultUrl: `${item.url}/results/1` }]);
      expect((await scene.results(item, '', '/results/1')).json).toMatchObject({ resultScore: 15 });
    });

    it('answers 422 for a teacher and for an unknown user', async () => {
      await start('canvas');
      const { status, json } = await post({ userId: 'user-00001' });
      expect([status, json]).toEqual([
        422,
        {
          errors: {
            type: 'unprocessable_entity',
            message: 'User not found in course or is not a student',
          },
        },
      ]);
      expect(await statusOf({ userId: 'nobody' })).toBe(422);
      expect(await statusOf({ scoreMaximum: undefined })).toBe(422);
    });

    it('answers 400 to an earlier timestamp with the text of Canvas, and accepts an equal one', async () => {
      await start('canvas');
      await post();
      const { status, text } = await post({ timestamp: early });
      expect([status, text]).toEqual([
        400,
        expect.stringContaining(
          `Provided timestamp of ${early} before last updated timestamp of 2026-01-05T08:00:00.000Z`,
        ),
      ]);
      expect(await statusOf()).toBe(200);
    });

    it('counts every score as a new attempt unless it says otherwise', async () => {
      await start('canvas');
      await post();
      await post({ [canvasSubmission]: { new_submission: true } });
      await post({ [canvasSubmission]: { new_submission: false } });
      await post({ [canvasSubmission]: { submission_type: 'none' } });
      await post({ [canvasSubmission]: { submission_type: 'online_url' } });
      expect(item.entry('user-00002')).toMatchObject({ attempts: 3, accepted: 5 });
    });

    it('does not return a concluded course', async () => {
      await start('canvas', { concluded: true });
      expect([await statusOf(), (await scene.lineItems()).status]).toEqual([404, 404]);
      scene.course.concluded = false;
      expect(await statusOf()).toBe(200);
    });

    it('returns pages of ten, and never more than 50', async () => {
      await start('canvas', { members: 120 });
      for (let count = 1; count <= 60; count += 1) scene.addLineItem();
      const first = await scene.lineItems();
      expect(first.json).toHaveLength(10);
      expect(nextOf(first)).toBe(`${scene.course.lineItemsUrl}?page=2&per_page=10`);
      const large = await scene.lineItems('limit=500');
      expect(large.json).toHaveLength(50);
      expect((await scene.call('GET', String(nextOf(large)))).json).toHaveLength(11);
    });

    it('changes only the fields that a PUT names, and keeps the line item of a resource link', async () => {
      await start('canvas', { coupledLineItem: { tag: 'grade' } });
      const coupled = scene.course.gradebook.lineItem('1');
      await scene.put(coupled.url, { label: 'New', scoreMaximum: 7 });
      expect(coupled.content).toMatchObject({ label: 'New', scoreMaximum: 7, tag: 'grade' });
      const { status, text } = await scene.delete(coupled.url);
      expect([status, text]).toEqual([401, '']);
    });

    it('answers 401 to a missing scope and to a course without the tool', async () => {
      await start('canvas');
      await scene.narrow(agsScopes.lineItem);
      expect(await statusOf()).toBe(401);
      scene.lms.withdrawTool('6');
      expect((await scene.lineItems()).status).toBe(401);
    });
  });

  describe('of the openedx family', () => {
    it('answers 201 with the score', async () => {
      await start('openedx');
      const score = scene.score();
      const { status, json } = await scene.post(item, score);
      expect([status, json]).toEqual([201, score]);
    });

    it('answers 400 to an equal and to an earlier timestamp', async () => {
      await start('openedx');
      await post();
      expect([await statusOf(), await statusOf({ timestamp: early })]).toEqual([400, 400]);
      expect(await statusOf({ timestamp: noon })).toBe(201);
    });

    it('returns results by path alone, as they were posted', async () => {
      await start('openedx');
      await post({ scoreGiven: 1, scoreMaximum: 2 });
      await post({ userId: 'stranger' });
      expect((await scene.results(item)).status).toBe(404);
      expect((await scene.results(item, 'user_id=stranger', '/results/')).json).toHaveLength(2);
      expect((await scene.results(item, '', '/results/user-00002')).json).toEqual([
        expect.objectContaining({ userId: 'user-00002', resultScore: 1, resultMaximum: 2 }),
      ]);
      expect((await scene.results(item, '', '/results/nobody')).json).toEqual([]);
    });

    it('requires a resourceId', async () => {
      await start('openedx');
      expect((await scene.create({ label: 'x', scoreMaximum: 1 })).status).toBe(400);
    });
  });

  describe('of the sakai family', () => {
    it('answers 403 to an invalid token and 400 to a missing scope', async () => {
      await start('sakai');
      await scene.narrow(agsScopes.lineItem);
      expect(await statusOf()).toBe(400);
      scene.token = 'garbage';
      expect([await statusOf(), (await scene.lineItems()).status]).toEqual([403, 403]);
    });

    it('answers with an empty body when the list is empty', async () => {
      await start('sakai');
      scene.course.gradebook.delete(item.id);
      expect(await scene.lineItems()).toMatchObject({ status: 200, text: '' });
      const other = scene.addLineItem();
      expect(await scene.results(other, '', '/results/nobody')).toMatchObject({ status: 200, text: '' });
    });

    it('lists every member, graded or not, whatever user_id says', async () => {
      await start('sakai');
      await post();
      const results = (await scene.results(item, 'user_id=user-00002')).json as Record<string, unknown>[];
      expect(results.map(({ resultScore }) => resultScore)).toEqual([
        undefined,
        15,
        undefined,
        undefined,
        undefined,
      ]);
      expect((await scene.results(item, '', '/results/user-00002')).json).toMatchObject({ resultScore: 15 });
    });

    it('checks neither timestamps nor media types', async () => {
      await start('sakai');
      expect([await statusOf({ timestamp: noon }), await statusOf({ timestamp: early })]).toEqual([200, 200]);
      expect((await scene.post(item, scene.score(), 'application/json')).status).toBe(200);
      expect(await statusOf({ userId: 'nobody' })).toBe(400);
    });

    it('answers 200 to creating and to deleting', async () => {
      await start('sakai');
      expect((await scene.create({ label: 'x', scoreMaximum: 1 })).status).toBe(200);
      expect(await scene.delete(item.url)).toMatchObject({ status: 200, text: '' });
    });
  });

  it('answers 403 in the brightspace family for a user who is not enrolled', async () => {
    await start('brightspace');
    expect([await statusOf({ userId: 'nobody' }), await statusOf()]).toEqual([403, 200]);
  });
});
