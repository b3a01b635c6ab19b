import { GradebookScene } from '../../../test/support/gradebook-scene.js';
import { SigningTool } from '../../../test/support/signing-tool.js';
import { canvasSubmission } from '../service-constants.js';
import { type SimulatedLineItem } from './simulated-line-item.js';

describe('the scores of the canvas family', () => {
  let tool: SigningTool;
  let scene: GradebookScene;
  let item: SimulatedLineItem;

  beforeAll(async () => {
    tool = await SigningTool.create();
  });
  beforeEach(async () => {
    scene = await GradebookScene.start(tool, 'canvas');
    item = scene.addLineItem();
  });
  afterEach(() => scene.stop());

  const post = (changes: Record<string, unknown> = {}) => scene.post(item, scene.score(changes));
  /** The status, and the words of a refusal. */
  async function answerTo(changes: Record<string, unknown>) {
    const { status, json } = await post(changes);
    const { errors } = json as { errors?: { message: string } };
    return errors === undefined ? status : [status, errors.message];
  }
  const submission = (fields: Record<string, unknown>, changes: Record<string, unknown> = {}) => ({
    ...changes,
    [canvasSubmission]: fields,
  });
  const entry = () => item.entry('user-00002');
  const grade = () => item.resultScore('user-00002');

  it('keep the existing grade, or none, with preserve_score', async () => {
    expect(await answerTo(submission({ preserve_score: true }))).toBe(200);
    expect(grade()).toBeUndefined();
    await post();
    await post(submission({ preserve_score: true }, { scoreGiven: 3 }));
    await post(submission({ preserve_score: true }, { scoreGiven: undefined, scoreMaximum: undefined }));
    await post(submission({ preserve_score: true }, { gradingProgress: 'Pending' }));
    expect([grade(), entry()?.accepted, entry()?.attempts]).toEqual([15, 5, 5]);
    await post(submission({ preserve_score: false }, { scoreGiven: 3 }));
    expect(grade()).toBe(3);
  });

  it('keep an existing grade of any author with prioritize_non_tool_grade', async () => {
    const prioritized = (changes: Record<string, unknown> = {}) =>
      post(submission({ prioritize_non_tool_grade: true }, changes));
    await prioritized();
    expect(grade()).toBe(15);
    await prioritized({ scoreGiven: 3 });
    expect(grade()).toBe(15);
    item.setScore({ userId: 'user-00002', scoreGiven: 9, timestamp: '2026-01-01T00:00:00Z' });
    await prioritized({ scoreGiven: 3 });
    expect(grade()).toBe(9);
    await post({ scoreGiven: 3 });
    expect(grade()).toBe(3);
  });

  it('delete a grade in spite of prioritize_non_tool_grade', async () => {
    await post();
    await post(submission({ prioritize_non_tool_grade: true }, { gradingProgress: 'Pending' }));
    expect(grade()).toBeUndefined();
  });

  it('append each comment, also the same one of a retry', async () => {
    for (const comment of ['Good', undefined, 'Good', 'Better']) await post({ comment });
    expect(entry()?.comments).toEqual(['Good', 'Good', 'Better']);
    expect((await scene.results(item)).json).toMatchObject([{ comment: 'Better' }]);
    await post();
    expect(entry()?.comment).toBe('Better');
  });

  it('count an attempt for each new submission time, and read it from AGS 2.0 before the extension', async () => {
    const at = (time: string) => `2026-01-05T${time}Z`;
    await post(submission({ submitted_at: at('07:00:00') }));
    await post(submission({ submitted_at: at('07:00:00') }));
    expect(entry()?.attempts).toBe(1);
    const both = { submission: { submittedAt: at('07:30:00') } };
    await post(submission({ submitted_at: at('07:00:00') }, both));
    expect(entry()).toMatchObject({ attempts: 2, submittedAt: at('07:30:00') });
  });

  it('are refused when their submission time is more than a minute in the future', async () => {
    const at = (ms: number) => new Date(scene.clock.nowMs() + ms).toISOString();
    expect(await answerTo({ submission: { submittedAt: at(60_000) } })).toBe(200);
    const late = at(60_001);
    const refusal = [400, `Provided submitted_at timestamp of ${late} in the future`];
    expect(await answerTo({ submission: { submittedAt: late } })).toEqual(refusal);
    expect(await answerTo(submission({ submitted_at: late }))).toEqual(refusal);
  });

  it('are refused when the attempts are used up, unless they start no new attempt', async () => {
    item.attemptLimit = 1;
    const refusal = [422, 'The maximum number of allowed attempts has been reached for this submission'];
    expect(await answerTo({})).toBe(200);
    expect(await answerTo({})).toEqual(refusal);
    expect(await answerTo(submission({ new_submission: false }))).toBe(200);
    expect(await answerTo(submission({ submission_type: 'none' }))).toBe(200);
  });

  it('list files with online_upload, each with its progress', async () => {
    const refusal = [422, "Content items must be provided with submission type 'online_upload'"];
    expect(await answerTo(submission({ submission_type: 'online_upload' }))).toEqual(refusal);
    const file = { type: 'file', url: 'https://tool.example/essay.pdf', title: 'essay.pdf' };
    const { status, json } = await post(submission({ submission_type: 'none', content_items: [file] }));
    expect([status, entry()?.attempts]).toEqual([200, 1]);
    expect(json).toMatchObject({
      [canvasSubmission]: { content_items: [{ ...file, progress: expect.any(String) as string }] },
    });
  });

  it('are refused when the assignment is not published', async () => {
    item.isPublished = false;
    expect(await answerTo({})).toEqual([422, 'The assignment is not published']);
  });

  it('get 422 in a course past its end, whose line items can still be read, and 404 in a concluded one', async () => {
    scene.course.isPastItsEnd = true;
    expect(await answerTo({})).toEqual([422, 'User not found in course or is not a student']);
    expect((await scene.lineItems()).status).toBe(200);
    scene.course.concluded = true;
    expect(await answerTo({})).toEqual([404, 'Context not found']);
  });

  it('for a line item of another tool get 412, as does reading that line item', async () => {
    item.ofAnotherTool = true;
    const message = 'Tool does not have permission to view line_item';
    expect(await answerTo({})).toEqual([412, message]);
    expect((await scene.lineItem(item.url)).status).toBe(412);
    expect((await scene.results(item)).status).toBe(412);
  });

  it('return the extension of the last score in the result', async () => {
    const submitted = { new_submission: true, submitted_at: '2026-01-05T07:00:00Z' };
    await post(submission(submitted));
    expect((await scene.results(item)).json).toMatchObject([{ [canvasSubmission]: submitted }]);
    await post();
    expect((await scene.results(item)).json).not.toHaveProperty([0, canvasSubmission]);
  });

  it('have results with their own ids, which are not user ids', async () => {
    await post({ userId: 'user-00003' });
    await post();
    expect((await scene.results(item, 'user_id=user-00002')).json).toMatchObject([
      { id: `${item.url}/results/2`, userId: 'user-00002' },
    ]);
    expect((await scene.results(item, '', '/results/1')).json).toMatchObject({ userId: 'user-00003' });
    expect((await scene.results(item, '', '/results/user-00002')).status).toBe(404);
  });
});
