import { Logger } from '@nestjs/common';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type GradeService } from '../../src/lti-services/grades/grade.service.js';
import { type OAuthClient } from '../../src/access-tokens/oauth-client.js';
import { MembershipsService } from '../../src/lti-services/memberships/memberships.service.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { moodleRecording, moodleRecordings } from '../support/moodle-recordings.js';
import { composeGrades } from '../support/grade-scene.js';
import { composeOAuth, type OAuthComposition } from '../support/oauth-composition.js';
import { RecordedPlatform, type Recording } from '../support/recorded-platform.js';
import { registrationFixture } from '../support/registration-fixture.js';
import { createSigningKeys, type SigningKeys } from '../support/signing-keys.js';

const ORIGIN = 'http://127.0.0.1:8088';
const LINE_ITEMS = '/mod/lti/services.php/2/lineitems?type_id=1';
const ITEM = '/mod/lti/services.php/2/lineitems/16/lineitem?type_id=1';
const quizA = { label: 'Quiz A é', scoreMaximum: 20, resourceId: 'quiz-a', tag: 'quiz', resourceLinkId: '1' };
const coupled = {
  label: 'Tool activity 1',
  scoreMaximum: 100,
  resourceId: 'res-1',
  tag: 'coupled',
  resourceLinkId: '1',
  extensions: {},
};

let keys: SigningKeys;
let clock: FakeClock;
let grades: GradeService;
let moodle: RecordedPlatform;
let composition: OAuthComposition;
let client: OAuthClient;

beforeAll(async () => {
  Logger.overrideLogger(false);
  keys = await createSigningKeys();
});

beforeEach(async () => {
  clock = new FakeClock();
  grades = composeGrades(clock);
  moodle = await RecordedPlatform.start(moodleRecordings);
  composition = composeOAuth(keys, clock);
  const registration = registrationFixture({
    tokenUrl: at('/mod/lti/token.php'),
    platformFamily: 'moodle',
  });
  client = await composition.oauth.authenticate(registration, { lineItems: at(LINE_ITEMS) });
});

afterEach(async () => {
  await moodle.stop();
  await composition.stop();
});

/** The URL of a path of the recorded Moodle at this server. */
function at(path: string): string {
  return moodle.here(`${ORIGIN}${path}`);
}

function answerNext(service: string, ...names: string[]): void {
  moodle.answerNext(...names.map((name) => moodleRecording(service, name)));
}

/** The last request. */
function lastRequest() {
  const last = moodle.requests.at(-1);
  return { method: last?.method, url: last?.url, body: last?.body };
}

function asked({ request: { method, url, body } }: Recording): object {
  return { method, url: url.slice(ORIGIN.length), body: body ?? '' };
}

/** The complete entries of a list that the recorder truncated. */
function wholeEntries({ response: { body } }: Recording): { userId: string }[] {
  return JSON.parse(`${body.slice(0, body.lastIndexOf('},{'))}}]`) as { userId: string }[];
}

function post(userId = '3', item = at(ITEM)): Promise<void> {
  const score = { userId, scoreGiven: 15, scoreMaximum: 20 };
  return grades.postScore(client, item, score, { maxThrottleWaitMs: 0 });
}

interface ServicesExchange {
  kind: string;
  method: string;
  path: string;
  status: number | false;
  headers: string[];
  body: string;
}

const services2 = JSON.parse(
  readFileSync(join(process.cwd(), 'test/fixtures/moodle-4.5.6-services-2.json'), 'utf8').replaceAll(
    '127.0.0.1:32080',
    '127.0.0.1:8088',
  ),
) as ServicesExchange[];

function recordingOf({ kind, method, path, status, headers, body }: ServicesExchange): Recording {
  // Bytes beyond ASCII are sent as latin1.
  const read = headers.map((line) => [
    line.replace(/:.*/s, '').toLowerCase(),
    Buffer.from(line.replace(/^[^:]*:\s*/, ''), 'utf8').toString('latin1'),
  ]);
  return {
    service: kind,
    name: path,
    request: { method, url: `${ORIGIN}${path}`, headers: {}, body: null },
    response: {
      status: status === false ? 502 : status,
      statusText: '',
      headers: Object.fromEntries(read) as Record<string, string>,
      body,
      truncated: false,
    },
  };
}

describe('line items', () => {
  it('are listed', async () => {
    const id = at('/mod/lti/services.php/2/lineitems/2/lineitem?type_id=1');
    expect(await grades.lineItems(client)).toEqual([{ id, ...coupled }]);
    expect(lastRequest()).toEqual(asked(moodleRecording('ags', 'lineitems GET')));
  });

  it('are listed by pages, whose links are broken', async () => {
    answerNext('ags', 'list limit=2', 'lineitems GET');
    const found = await grades.lineItems(client, { limit: 2 });
    expect(found).toHaveLength(3);
    expect(lastRequest().url).toBe(`${LINE_ITEMS}&limit=2&from=2`);
  });

  it('are read one by one', async () => {
    const id = at('/mod/lti/services.php/2/lineitems/2/lineitem?type_id=1');
    expect(await grades.lineItem(client, id)).toEqual({ id, ...coupled });
    await expect(grades.delete(client, id)).rejects.toMatchObject({ code: 'line_item_coupled' });
  });

  it('are made as was recorded', async () => {
    const startDateTime = new Date('2026-01-01T00:00:00Z');
    const endDateTime = new Date('2027-01-01T00:00:00Z');
    const made = await grades.create(client, { ...quizA, startDateTime, endDateTime });
    const id = at('/mod/lti/services.php/2/lineitems/11/lineitem?type_id=1');
    expect(made).toEqual({ id, ...quizA, startDateTime, endDateTime, extensions: {} });
  });

  it('are refused in words', async () => {
    answerNext('ags', 'create no label');
    await expect(grades.create(client, { label: 'x', scoreMaximum: 1 })).rejects.toMatchObject({
      code: 'grades_refused',
      answer: { platformStatus: 400, words: 'No label or Score Maximum' },
    });
  });

  it('are changed', async () => {
    const id = at('/mod/lti/services.php/2/lineitems/12/lineitem?type_id=1');
    answerNext('ags', 'coupled item GET', 'PUT label/max');
    const changed = await grades.update(client, id, { label: 'Quiz B2', scoreMaximum: 50 });
    const fields = { label: 'Quiz B2', scoreMaximum: 50, resourceId: 'quiz-b', tag: 't2', extensions: {} };
    expect(changed).toEqual({ id, ...fields });
    // A field of Moodle's own is kept.
    expect(JSON.parse(lastRequest().body ?? '')).toMatchObject({ ltiLinkId: '1', label: 'Quiz B2' });
  });

  it('are deleted, and gone then', async () => {
    const id = at('/mod/lti/services.php/2/lineitems/13/lineitem?type_id=1');
    await grades.delete(client, id, { force: true });
    expect(lastRequest()).toEqual(asked(moodleRecording('ags', 'DELETE dup')));
    await expect(grades.lineItem(client, id)).rejects.toMatchObject({ code: 'line_item_gone' });
  });
});

describe('scores', () => {
  it('are sent as was recorded', async () => {
    const recording = moodleRecording('scores', 'ok');
    const sent = JSON.parse(recording.request.body ?? '') as { timestamp: string };
    await grades.postScore(client, at(ITEM), {
      userId: '3',
      scoreGiven: 15,
      scoreMaximum: 20,
      timestamp: sent.timestamp,
      comment: 'well done é',
    });
    const { body, ...where } = lastRequest();
    expect(where).toMatchObject({
      method: 'POST',
      url: new URL(recording.request.url).pathname + '?type_id=1',
    });
    expect(JSON.parse(body ?? '')).toEqual(sent);
  });

  it.each(['over max', 'Pending w/ score'])('are taken: %s', async (name) => {
    answerNext('scores', name);
    await expect(post()).resolves.toBeUndefined();
  });

  it.each([
    ['same timestamp again', 'score_stale'],
    ['earlier timestamp', 'score_stale'],
    ['unknown user', 'grades_refused'],
    ['no userId', 'grades_refused'],
    ['URL naive append "id+/scores"', 'grades_refused'],
    ['bad JSON with newlines', 'score_not_saved'],
    ['valid JSON, unknown user, pretty printed', 'score_not_saved'],
    ['deleted/nonexistent item', 'line_item_gone'],
    ['locked item', 'grades_unavailable'],
  ])('are not taken: %s', async (name, code) => {
    answerNext('scores', name);
    await expect(post()).rejects.toMatchObject({ code });
  });

  it.each(['garbage token', 'wrong scope token'])(
    'are not taken where a new token is refused, too: %s',
    async (name) => {
      clock.advance(120_000);
      const refusal = moodleRecording('scores', name);
      moodle.answerNext(refusal, moodleRecording('token', 'token ok'), refusal);
      await expect(post()).rejects.toMatchObject({ code: 'authentication_failed', conclusive: true });
    },
  );

  it('go on with a new token after a 401', async () => {
    clock.advance(120_000);
    moodle.answerNext(
      moodleRecording('scores', 'expired token'),
      moodleRecording('token', 'token ok'),
      moodleRecording('scores', 'ok'),
    );
    await expect(post()).resolves.toBeUndefined();
  });
});

describe('results', () => {
  it('are read, all of them, and never with a limit', async () => {
    const recording = moodleRecording('scores', 'results');
    const entries = wholeEntries(recording);
    moodle.answerNext({ ...recording, response: { ...recording.response, body: JSON.stringify(entries) } });
    const found = await grades.results(client, at(ITEM), { limit: 3 });
    expect(lastRequest()).toEqual(asked(recording));
    expect(found[0]).toEqual({
      userId: '3',
      resultScore: 18,
      resultMaximum: 20,
      timestamp: new Date('2026-11-21T17:25:58Z'),
      extensions: {},
    });
    expect(found.map(({ userId }) => userId)).toEqual(entries.map(({ userId }) => userId));
  });

  it('are not read by halves', async () => {
    expect(moodleRecording('scores', 'results').response.truncated).toBe(true);
    await expect(grades.results(client, at(ITEM))).rejects.toMatchObject({ code: 'grades_unreadable' });
  });

  it('are read of one student', async () => {
    const found = await grades.results(client, at(ITEM), { userId: '7' });
    expect(found).toMatchObject([{ userId: '7', resultScore: 16, comment: 'well done é' }]);
    expect(await grades.results(client, at(ITEM), { userId: '203' })).toEqual([]);
  });
});

it('a Moodle page for humans is said to be gone', async () => {
  answerNext('scores', 'results limit');
  await expect(grades.results(client, at(ITEM))).rejects.toMatchObject({ code: 'line_item_gone' });
});

describe('every exchange of the second recording', () => {
  const cases = [
    ['scores', 401, 'authentication_failed', 2],
    ['scores', 503, 'platform_throttled', 2],
    ['scores', 400, 'grades_refused', 2],
    ['scores', 404, 'line_item_gone', 2],
    ['scores', 409, 'score_stale', 2],
    ['scores', 500, 'grades_unavailable', 2],
    ['scores', 200, 'posted', 2],
    ['results', 200, 0, 2],
    ['results', 401, 'authentication_failed', 1],
    ['results', 404, 'line_item_gone', 1],
    ['lineitems', 200, 1, 2],
    ['lineitems', 401, 'authentication_failed', 2],
    ['lineitems', 404, 'line_item_gone', 1],
    ['scores', false, 'grades_unavailable', 2],
    ['memberships', 303, 'platform_redirect_refused', 2],
    ['memberships', 401, 'authentication_failed', 2],
    ['memberships', 404, 'memberships_refused', 2],
    ['memberships-next', 401, 'authentication_failed', 1],
  ] as const;
  const ROSTERS = 7;
  const tokenOk = () => moodleRecording('token', 'token ok');
  const memberships = new MembershipsService();

  async function met(exchange: ServicesExchange): Promise<unknown> {
    clock.advance(120_000);
    const recording = recordingOf(exchange);
    // The new token is answered 401, too.
    moodle.answerNext(recording, ...(exchange.status === 401 ? [tokenOk(), recording] : []));
    const { kind, method, path } = exchange;
    const itemUrl = at(path.replace(/\/(scores|results)\?/, '?'));
    const answer = async () => {
      switch (`${method} ${kind.replace(/-.*/, '')}`) {
        case 'GET memberships': {
          const from = client.withEndpoints({ memberships: at(path) });
          const { value } = await memberships.stream(from, {}).next();
          return (value as { members: unknown[] }).members.length;
        }
        case 'GET lineitems':
          return (await grades.lineItems(client)).length;
        case 'GET results':
          return (await grades.results(client, itemUrl)).length;
        case 'POST scores':
          await post('3', itemUrl);
          return 'posted';
        default:
          return 'not asked here';
      }
    };
    return answer().catch((error: unknown) => (error as { code?: string }).code ?? error);
  }

  it.each(cases)('%s with %s is %s', async (kind, status, expected, count) => {
    const found = services2.filter(
      (each) =>
        each.kind === kind && each.status === status && (kind !== 'lineitems' || each.method === 'GET'),
    );
    expect(found).toHaveLength(count);
    for (const exchange of found) expect(await met(exchange)).toBe(expected);
  });

  it('is one of these, if it is of a roster, scores, results or a list of line items', () => {
    const asked = services2.filter(
      ({ kind, method }) =>
        /^(?:memberships|results|scores)/.test(kind) || (kind === 'lineitems' && method === 'GET'),
    );
    expect(asked).toHaveLength(cases.reduce((sum, [, , , count]) => sum + count, ROSTERS));
  });

  it('of a roster has as many members as it lists', async () => {
    const found = services2.filter(({ kind, status }) => kind.startsWith('memberships') && status === 200);
    expect(found).toHaveLength(ROSTERS);
    for (const exchange of found) {
      const { members } = JSON.parse(exchange.body) as { members: unknown[] };
      expect(await met(exchange)).toBe(members.length);
    }
  });
});
