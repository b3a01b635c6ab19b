import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { GradebookScene } from '../../../test/support/gradebook-scene.js';
import { moodleRecording, moodleRecordings } from '../../../test/support/moodle-recordings.js';
import { SigningTool } from '../../../test/support/signing-tool.js';
import { agsScopes, membershipRole } from '../service-constants.js';
import { type SimulatedLineItem } from './simulated-line-item.js';

const recordedAt = 'http://127.0.0.1:8088';
const learners = ['3', '4', '5', '6', '7', '15', '27', '28', '29', '203'];

describe('the gradebook of the moodle family beside the recorded one', () => {
  let tool: SigningTool;
  let scene: GradebookScene;

  beforeAll(async () => {
    tool = await SigningTool.create();
  });
  beforeEach(async () => {
    scene = await GradebookScene.start(tool, 'moodle', {
      contextId: '2',
      members: learners.map((userId) => ({ userId, roles: [`${membershipRole}#Learner`] })),
    });
    scene.course.resourceLinkIds.push('1');
  });
  afterEach(() => scene.stop());

  /** The line item with this number, whatever numbers came before. */
  function lineItemNumber(number: number, content: object = {}): SimulatedLineItem {
    const { gradebook } = scene.course;
    for (;;) {
      const item = gradebook.addLineItem({ label: 'Scores', scoreMaximum: 20, ...content });
      if (item.id === String(number)) return item;
      gradebook.delete(item.id);
    }
  }

  const coupled = { label: 'Tool activity 1', scoreMaximum: 100, resourceId: 'res-1', tag: 'coupled' };
  const quizA = { label: 'Quiz A é', resourceId: 'quiz-a', tag: 'quiz', resourceLinkId: '1' };
  const here = (recorded: string) =>
    recorded.replaceAll(recordedAt, scene.lms.url).replaceAll(escaped(recordedAt), escaped(scene.lms.url));

  /** Sends what was sent then, and gives what came then and what comes now. */
  async function replay(service: string, name: string, lostFromBody = '') {
    const { request, response } = moodleRecording(service, name);
    const headers = { ...request.headers, authorization: `Bearer ${scene.token}` };
    // Not fetch: that reads the reason as UTF-8.
    const sent = httpRequest(here(request.url), { method: request.method, headers });
    sent.end(request.body === null ? undefined : request.body + lostFromBody);
    const [now] = (await once(sent, 'response')) as [IncomingMessage];
    return {
      then: [
        response.status,
        response.statusText,
        response.headers['content-type'],
        here(response.headers.link ?? ''),
        here(response.body),
      ],
      now: [
        now.statusCode,
        // Longer ones were cut off when they were recorded.
        now.statusMessage?.slice(0, 200),
        now.headers['content-type'],
        now.headers.link ?? '',
        await text(now),
      ],
    };
  }

  it.each(['lineitems GET', 'Accept */*', 'coupled item GET', 'create no label', 'GET deleted'])(
    'answers "%s" byte for byte',
    async (name) => {
      lineItemNumber(2, { ...coupled, resourceLinkId: '1', coupled: true });
      const { then, now } = await replay('ags', name);
      expect(now).toEqual(then);
    },
  );

  it('answers a new line item, a changed one and a page of them byte for byte', async () => {
    lineItemNumber(2, { ...coupled, resourceLinkId: '1', coupled: true });
    lineItemNumber(10);
    const created = await replay('ags', 'create');
    expect(created.now).toEqual(created.then);
    scene.course.gradebook.delete('10');
    lineItemNumber(12);
    lineItemNumber(13);
    expect(scene.course.gradebook.lineItem('11').content).toMatchObject(quizA);
    const page = await replay('ags', 'list limit=2');
    expect(page.now).toEqual(page.then);
    const changed = await replay('ags', 'PUT label/max');
    expect(changed.now).toEqual(changed.then);
    expect((await replay('ags', 'DELETE dup')).now[0]).toBe(204);
  });

  it.each([
    'ok',
    'over max',
    'Pending w/ score',
    'unknown user',
    'no userId',
    'URL naive append "id+/scores"',
    'deleted/nonexistent item',
    'results user no grade',
  ])('answers "%s" byte for byte', async (name) => {
    lineItemNumber(16);
    const { then, now } = await replay('scores', name);
    expect(now).toEqual(then);
  });

  it.each(['same timestamp again', 'earlier timestamp'])('answers "%s" byte for byte', async (name) => {
    const item = lineItemNumber(16);
    item.setScore({ userId: '3', scoreGiven: 15, timestamp: '2026-11-21T17:25:56.166Z' });
    const { then, now } = await replay('scores', name);
    expect(now).toEqual(then);
  });

  it.each(['bad JSON with newlines', 'valid JSON, unknown user, pretty printed'])(
    'answers "%s" byte for byte',
    async (name) => {
      lineItemNumber(16);
      // The recording has the first line of the body.
      const { then, now } = await replay('scores', name, '\n');
      expect(now).toEqual(then);
    },
  );

  it('answers "locked item" byte for byte', async () => {
    lineItemNumber(16).locked = true;
    const { then, now } = await replay('scores', 'locked item');
    expect(now).toEqual(then);
  });

  it.each(['garbage token', 'wrong scope token', 'expired token'])(
    'answers "%s" byte for byte',
    async (name) => {
      lineItemNumber(16);
      await scene.narrow(agsScopes.lineItem);
      const { then, now } = await replay('scores', name);
      expect(now).toEqual(then);
    },
  );

  it('answers the result of a user byte for byte, and refuses a limit beside type_id', async () => {
    const item = lineItemNumber(16);
    const timestamp = '2026-11-21T17:26:56.774Z';
    item.setScore({ userId: '7', scoreGiven: 16, comment: 'well done é', timestamp });
    item.setScore({ userId: '6', scoreGiven: 1, timestamp });
    const { then, now } = await replay('scores', 'results user');
    expect(now).toEqual(then);
    const limited = await replay('scores', 'results limit');
    expect(limited.now.slice(0, 3)).toEqual(limited.then.slice(0, 3));
  });

  it('pages results without type_id, with the recorded links', async () => {
    const item = lineItemNumber(16);
    for (let number = 1; number <= 21; number += 1) {
      item.setScore({ userId: String(number), scoreGiven: 18, timestamp: '2026-11-21T17:25:58.000Z' });
    }
    const { then, now } = await replay('scores', 'results limit no type_id');
    expect(now.slice(0, 4)).toEqual(then.slice(0, 4));
    const [recorded] = JSON.parse(String(then[4])) as object[];
    expect(JSON.parse(String(now[4]))[2]).toEqual(recorded);
  });

  it('covers all of the recordings', () => {
    const names = moodleRecordings.filter(({ service }) => ['ags', 'scores'].includes(service));
    expect(names).toHaveLength(29);
  });
});

function escaped(url: string): string {
  return url.replaceAll('/', '\\/');
}
