import { SystemClock } from '../../src/common/clock.js';
import { type ScoreVerdict } from '../../src/grade-passback/outbox.schema.js';
import { LINE_ITEM, scoreBody, ScoresService } from '../support/scores-service.js';
import { sql } from '../support/sql.js';

let service: ScoresService;
beforeAll(async () => (service = await ScoresService.start()));
afterAll(() => service.stop());

/** Only while a test runs: the table of a suite is made when its group is loaded, minutes before its tests. */
const inMinutes = (minutes: number): string =>
  new Date(new SystemClock().nowMs() + minutes * 60_000).toISOString();

function nested(levels: number): unknown {
  return levels === 0 ? 1 : [nested(levels - 1)];
}

async function verdictOn(score: unknown): Promise<ScoreVerdict> {
  const [verdict] = (await service.enqueue(score)).scores;
  if (verdict === undefined) throw new Error('There is no verdict.');
  return verdict;
}

const X = 'https://tool.example.edu/x';

describe('a score is refused', () => {
  it.each<[string, unknown, string, string]>([
    ['that is no object', 'score', '', 'is not a JSON object'],
    ['that is null', null, '', 'is not a JSON object'],
    ['with an unknown field', scoreBody({ grade: 5 }), 'grade', 'is not known here'],
    ['without a user', scoreBody({ userId: undefined }), 'userId', 'string'],
    ['with NUL in its user id', scoreBody({ userId: 'u\0' }), 'userId', 'NUL'],
    ['with an unpaired surrogate in its user id', scoreBody({ userId: '\ud83d' }), 'userId', 'surrogate'],
    ['with a user id that is too long', scoreBody({ userId: 'u'.repeat(513) }), 'userId', '512'],
    [
      'with an unpaired surrogate in its key',
      scoreBody({ idempotencyKey: '\udc00' }),
      'idempotencyKey',
      'surrogate',
    ],
    ['with an empty key', scoreBody({ idempotencyKey: '' }), 'idempotencyKey', 'empty'],
    ['with a key that is too long', scoreBody({ idempotencyKey: 'k'.repeat(256) }), 'idempotencyKey', '255'],
    ['with a comment that is too long', scoreBody({ comment: 'c'.repeat(65_537) }), 'comment', '65536'],
    ['without scoreGiven', scoreBody({ scoreGiven: undefined }), 'scoreGiven', 'null to clear'],
    ['without scoreMaximum', scoreBody({ scoreMaximum: undefined }), 'scoreMaximum', 'with scoreGiven'],
    ['with a timestamp without a zone', scoreBody({ timestamp: '2026-01-05T08:00:00' }), 'timestamp', 'zone'],
    [
      'with an extension that is no URL',
      scoreBody({ extensions: { x: 1 } }),
      'extensions.x',
      'not a full URL',
    ],
    ['that is nested too deeply', scoreBody({ extensions: { [X]: nested(3000) } }), '', 'too deeply'],
    ['without a line item', scoreBody({ lineItemId: undefined }), 'lineItemId', 'URL'],
    ['for a path', scoreBody({ lineItemId: '/items/1' }), 'lineItemId', 'URL'],
    [
      'for another server',
      scoreBody({ lineItemId: 'https://evil.example/items/1' }),
      'lineItemId',
      'evil.example',
    ],
    [
      'for another port',
      scoreBody({ lineItemId: 'https://lms.example.edu:444/items/1' }),
      'lineItemId',
      ':444',
    ],
    [
      'for plain http at another host',
      scoreBody({ lineItemId: 'http://elsewhere.example.edu/items/1' }),
      'lineItemId',
      'http:',
    ],
    [
      'for a private address',
      scoreBody({ lineItemId: 'https://10.0.0.1/items/1' }),
      'lineItemId',
      '10.0.0.1',
    ],
    ['for a file', scoreBody({ lineItemId: 'file:///items/1' }), 'lineItemId', ''],
    [
      'for a URL with a password',
      scoreBody({ lineItemId: LINE_ITEM.replace('//', '//u:p@') }),
      'lineItemId',
      '',
    ],
    [
      'for a URL that is too long',
      scoreBody({ lineItemId: LINE_ITEM + 'x'.repeat(2048) }),
      'lineItemId',
      '2048',
    ],
  ])('%s', async (_, score, field, message) => {
    expect(await verdictOn(score)).toEqual({
      index: 0,
      status: 'refused',
      errors: expect.arrayContaining([{ field, message: expect.stringContaining(message) }]),
    });
  });

  it('of the future', async () => {
    expect(await verdictOn(scoreBody({ timestamp: inMinutes(5) }))).toEqual({
      index: 0,
      status: 'refused',
      errors: [{ field: 'timestamp', message: 'is in the future' }],
    });
  });

  it('with more brackets than a stack holds', async () => {
    const deep = `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`;
    const text = JSON.stringify([scoreBody({ extensions: { [X]: 'deep' } }), scoreBody()]).replace(
      '"deep"',
      deep,
    );
    const { body } = await service.upload(text).expect(202);
    expect(body).toMatchObject({ scores: [{ status: 'refused' }, { status: 'accepted' }] });
  });

  it('with every fault by its field, up to twenty', async () => {
    expect(await verdictOn(scoreBody({ userId: '', scoreGiven: 'A', comment: 1 }))).toMatchObject({
      errors: [{ field: 'userId' }, { field: 'scoreGiven' }, { field: 'comment' }],
    });
    const extensions = Object.fromEntries(Array.from({ length: 1000 }, (_, nth) => [`key ${nth}`, 1]));
    const verdict = await verdictOn(scoreBody({ extensions }));
    expect('errors' in verdict && verdict.errors).toHaveLength(20);
  });
});

describe('a score is kept as it came', () => {
  async function expectKept(changes: Record<string, unknown>): Promise<void> {
    const verdict = await verdictOn(scoreBody(changes));
    expect(verdict.status).toBe('accepted');
    const id = 'id' in verdict ? verdict.id : '';
    const { body } = await service.call('get', `/api/v1/scores/${id}`).expect(200);
    expect(body).toMatchObject({
      userId: changes.userId ?? 'user',
      idempotencyKey: changes.idempotencyKey ?? null,
      timestamp: changes.timestamp ?? null,
    });
    const [row] = await sql<{ score: unknown }>(
      service.databaseUrl,
      `SELECT score FROM nest_lti.outbox_score WHERE id = '${id}'`,
    );
    const { idempotencyKey: _key, ...kept } = changes;
    expect(row?.score).toMatchObject(kept);
  }

  it.each<[string, Record<string, unknown>]>([
    ['NUL', { comment: 'a\0b', scoringUserId: '\0', extensions: { [X]: { 'a\0': ['\0'] } } }],
    ['unpaired surrogates', { comment: '\ud83d', extensions: { [X]: '\udc00\ud83d' } }],
    ['signs of all kinds', { comment: '"\\\n\t\u2028\u{1F600}{}$1\'', userId: 'Zoë \u{1F600} "$1"' }],
    ['a large extension', { extensions: { [X]: 'x'.repeat(1_000_000) } }],
    ['a nested extension', { extensions: { [X]: nested(90) } }],
    ['a long user id', { userId: 'u'.repeat(512) }],
    ['a long key', { idempotencyKey: '\u{1F600}'.repeat(127) }],
    ['an old timestamp', { timestamp: '0001-01-01T00:00:00.000Z' }],
  ])('with %s', (_, changes) => expectKept(changes));

  it('with a clock that is a little ahead', () => expectKept({ timestamp: inMinutes(1) }));
});

describe('an idempotency key', () => {
  const keyed = (idempotencyKey: string, changes: Record<string, unknown> = {}) =>
    scoreBody({ idempotencyKey, ...changes });

  it('twice in a request is one score', async () => {
    const { scores, accepted, duplicates } = await service.enqueue(keyed('a'), keyed('b'), keyed('a'));
    expect([accepted, duplicates]).toEqual([2, 1]);
    expect(scores.map(({ status }) => status)).toEqual(['accepted', 'accepted', 'duplicate']);
    expect(scores[2]).toMatchObject({ id: scores[0] && 'id' in scores[0] ? scores[0].id : '' });
  });

  it('in another request is the score of the first one, however its fields are arranged', async () => {
    const extensions = { [X]: { a: 1, b: [{ c: 1, d: 2 }] }, 'https://tool.example.edu/y': 2 };
    const score = keyed('again', { timestamp: '2026-01-05T08:00:00Z', extensions });
    const [first] = (await service.enqueue(score)).scores;
    const again = {
      ...Object.fromEntries(Object.entries(score).reverse()),
      timestamp: '2026-01-05T10:00:00.000+02:00',
      extensions: { 'https://tool.example.edu/y': 2, [X]: { b: [{ d: 2, c: 1 }], a: 1 } },
    };
    expect((await service.enqueue(scoreBody(), again)).scores[1]).toEqual({
      ...first,
      index: 1,
      status: 'duplicate',
    });
  });

  it.each([
    ['grade', { scoreGiven: 6 }],
    ['user', { userId: 'another' }],
    ['line item', { lineItemId: 'https://lms.example.edu/items/2' }],
    ['timestamp', { timestamp: '2026-01-05T08:00:00Z' }],
    ['order of a list', { extensions: { [X]: [2, 1] } }],
  ])('with another %s is refused, and names the first', async (what, changes) => {
    const key = `another ${what}`;
    const [first] = (await service.enqueue(keyed(key, { extensions: { [X]: [1, 2] } }))).scores;
    const id = first && 'id' in first ? first.id : '';
    expect(await verdictOn(keyed(key, { extensions: { [X]: [1, 2] }, ...changes }))).toEqual({
      index: 0,
      status: 'refused',
      errors: [{ field: 'idempotencyKey', message: `was used for another score: ${id}` }],
    });
  });

  it('of another course is another score', async () => {
    const other = await service.addCourse();
    const text = JSON.stringify([keyed('of a course')]);
    for (const path of [service.path, `/api/v1/courses/${other}/scores`]) {
      const { body } = await service.upload(text, 'application/json', path).expect(202);
      expect(body).toMatchObject({ accepted: 1 });
    }
  });

  it('of a score that was refused is free', async () => {
    expect((await verdictOn(keyed('free', { scoreGiven: -1 }))).status).toBe('refused');
    expect((await verdictOn(keyed('free'))).status).toBe('accepted');
  });

  it('in requests at once is one score, in whatever order they name them', async () => {
    const keys = Array.from({ length: 300 }, (_, nth) => keyed(`at once ${nth}`));
    const requests = [keys, keys.toReversed(), keys, keys.toReversed()].map((scores) =>
      service.enqueue(...scores),
    );
    const answers = await Promise.all(requests);
    expect(answers.map(({ refused }) => refused)).toEqual([0, 0, 0, 0]);
    expect(answers.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(300);
    const ids = answers.flatMap(({ scores }) => scores.map((verdict) => ('id' in verdict ? verdict.id : '')));
    expect(new Set(ids).size).toBe(300);
  });
});
