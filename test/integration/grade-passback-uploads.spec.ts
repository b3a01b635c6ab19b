import type request from 'supertest';
import { type ScoreVerdicts } from '../../src/grade-passback/outbox.schema.js';
import { scoreBody, ScoresService } from '../support/scores-service.js';
import { STANDALONE_API_KEY } from '../support/standalone-service.js';

const NDJSON = 'application/x-ndjson';
const MEBIBYTE = 1024 * 1024;

let service: ScoresService;
beforeAll(async () => (service = await ScoresService.start()));
afterAll(() => service.stop());

const lines = (...scores: unknown[]): string => scores.map((score) => `${JSON.stringify(score)}\n`).join('');
const statusesOf = ({ body }: request.Response): string[] =>
  (body as ScoreVerdicts).scores.map(({ status }) => status);

/** Many scores, in JSON or NDJSON. */
function many(count: number, type: string): string {
  const scores = Array.from({ length: count }, (_, nth) => scoreBody({ userId: `user ${nth}` }));
  return type === NDJSON ? lines(...scores) : JSON.stringify(scores);
}

describe('scores are taken', () => {
  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON'])(
    'as a JSON array, %s',
    async (type) => {
      const text = ` ${JSON.stringify([scoreBody(), scoreBody()])}\n`;
      expect(statusesOf(await service.upload(text, type).expect(202))).toEqual(['accepted', 'accepted']);
    },
  );

  it.each([NDJSON, 'application/ndjson', 'application/jsonl', 'application/x-ndjson; charset=utf-8'])(
    'as an object on each line, %s',
    async (type) => {
      const text = `${JSON.stringify(scoreBody())}\r\n\r\n${JSON.stringify(scoreBody())}`;
      expect(statusesOf(await service.upload(text, type).expect(202))).toEqual(['accepted', 'accepted']);
    },
  );

  it('the good ones among the bad ones, each with its place, what became of it and why', async () => {
    const before = (await service.stored()).length;
    const text = `${lines(scoreBody())}{"userId":\n[]\n${lines(scoreBody({ scoreGiven: -1 }), scoreBody())}`;
    const { body } = await service.upload(text, NDJSON).expect(202);
    const id = expect.stringMatching(/^[0-9a-f-]{36}$/);
    expect(body).toEqual({
      accepted: 2,
      duplicates: 0,
      refused: 3,
      scores: [
        { index: 0, status: 'accepted', id },
        { index: 1, status: 'refused', errors: [{ field: '', message: 'is not a JSON object' }] },
        { index: 2, status: 'refused', errors: [{ field: '', message: expect.stringContaining('object') }] },
        { index: 3, status: 'refused', errors: [{ field: 'scoreGiven', message: expect.any(String) }] },
        { index: 4, status: 'accepted', id },
      ],
    });
    expect((await service.stored()).length).toBe(before + 2);
  });

  it('up to 10,000 of them, in the order in which they stand there', async () => {
    const { body } = await service.upload(many(10_000, 'json')).expect(202);
    const { accepted, scores } = body as ScoreVerdicts;
    expect(accepted).toBe(10_000);
    const ids = scores.map((verdict) => ('id' in verdict ? verdict.id : ''));
    expect([...ids].sort()).toEqual(ids);
    const { body: last } = await service.call('get', `/api/v1/scores/${ids[9999] ?? ''}`).expect(200);
    expect(last).toMatchObject({ userId: 'user 9999', status: 'pending' });
  });
});

describe('a request is refused as a whole, and none of its scores kept', () => {
  const kept = async (): Promise<number> => {
    const { body } = await service.call('get', `/api/v1/registrations/${service.registrationId}/delivery`);
    return (body as { scores: { pending: number } }).scores.pending;
  };

  it.each(['application/json', NDJSON])('of 10,001 scores, %s', async (type) => {
    const before = await kept();
    const { body } = await service.upload(many(10_001, type), type).expect(413);
    expect(body).toMatchObject({ code: 'too_many_scores', detail: expect.stringContaining('10000') });
    expect(await kept()).toBe(before);
  });

  it.each<[string, string, string, string]>([
    ['an empty array', '[]', 'application/json', 'it has no scores'],
    ['empty lines', '\n \r\n', NDJSON, 'it has no scores'],
    ['no body', '', NDJSON, 'it has no scores'],
    ['no body', '', 'application/json', 'not JSON'],
    ['an object', '{"scores":[]}', 'application/json', 'not an array'],
    ['null', 'null', 'application/json', 'not an array'],
    ['broken JSON', `[${JSON.stringify(scoreBody())}`, 'application/json', 'not JSON'],
    ['NDJSON that says it is JSON', lines(scoreBody(), scoreBody()), 'application/json', 'not JSON'],
  ])('that is %s', async (_, text, type, found) => {
    const { body } = await service.upload(text, type).expect(400);
    expect(body).toMatchObject({ code: 'scores_unreadable', detail: expect.stringContaining(found) });
  });

  it('that is compressed', async () => {
    const { body } = await service.upload('[]').set('Content-Encoding', 'gzip').expect(400);
    expect(body).toMatchObject({ code: 'scores_unreadable', detail: expect.stringContaining('encoded') });
  });

  it('that is in another encoding, because a user id could become that of another user', async () => {
    const body = Buffer.from('[{"userId":"Jos\xe9"}]', 'latin1');
    for (const type of ['application/json', NDJSON]) {
      expect(await answerTo(body, { 'content-type': type })).toMatchObject([
        400,
        { code: 'scores_unreadable', detail: expect.stringContaining('UTF-8') },
      ]);
    }
  });

  it.each(['application/x-www-form-urlencoded', 'text/plain', 'application/jsonp', 'application/json-seq'])(
    'that is said to be %s',
    async (type) => {
      const { body } = await service.upload('[]', type).expect(415);
      expect(body).toMatchObject({ code: 'unsupported_media_type', detail: expect.stringContaining(type) });
    },
  );

  it('that has no content type', async () => {
    expect(await answerTo(Buffer.from('[]'))).toMatchObject([415, { code: 'unsupported_media_type' }]);
  });

  it('of more than 16 MiB, whether it says so or is found out', async () => {
    const tooMuch = Buffer.alloc(16 * MEBIBYTE + 1, ' ');
    expect(await answerTo(tooMuch, { 'content-type': NDJSON })).toMatchObject([
      413,
      { code: 'scores_too_large' },
    ]);
    // Many clients read the answer only after they have sent the whole body.
    const headers = [`Authorization: Bearer ${STANDALONE_API_KEY}`, `Content-Type: ${NDJSON}`];
    const chunks = Array.from({ length: 32 }, () => Buffer.alloc(MEBIBYTE, ' '));
    expect(await service.answerAfterBody(headers, chunks)).toContain(' 413 ');
  });

  it.each([
    ['unknown', 404, 'course_not_found', () => Promise.resolve('019b8c00-0000-7000-8000-000000000001')],
    ['no UUID', 400, 'invalid_request', () => Promise.resolve('a')],
    ['without line items', 409, 'course_without_line_items', () => service.addCourse(null)],
  ])('for a course that is %s', async (_, status, code, course) => {
    const path = `/api/v1/courses/${await course()}/scores`;
    const { body } = await service
      .upload(JSON.stringify([scoreBody()]), 'application/json', path)
      .expect(status);
    expect(body).toMatchObject({ code });
  });
});

describe('the body is not waited for', () => {
  const large = { 'content-type': 'application/json', 'content-length': String(10 * MEBIBYTE) };

  it('without an API key', async () => {
    expect(await service.answerBeforeBody(service.path, large)).toBe(401);
    expect(await service.answerBeforeBody(service.path.toUpperCase().replace('API', 'Api'), large)).toBe(401);
    expect(await service.answerBeforeBody(`${service.path}/?a=b`, large)).toBe(401);
  });

  it('with a key that may only read', async () => {
    const { body } = await service
      .call('post', '/api/v1/api-keys')
      .send({ name: 'reader', scope: 'read' })
      .expect(201);
    const headers = { ...large, authorization: `Bearer ${body.key as string}` };
    expect(await service.answerBeforeBody(service.path, headers)).toBe(403);
  });

  it('where it is said to be too large, or the course is unknown', async () => {
    const headers = { ...large, authorization: `Bearer ${STANDALONE_API_KEY}` };
    const huge = { ...headers, 'content-length': String(17 * MEBIBYTE) };
    expect(await service.answerBeforeBody(service.path, huge)).toBe(413);
    const unknown = '/api/v1/courses/019b8c00-0000-7000-8000-000000000001/scores';
    expect(await service.answerBeforeBody(unknown, headers)).toBe(404);
  });
});

/** Sends raw bytes. */
async function answerTo(body: Buffer, headers: Record<string, string> = {}): Promise<[number, unknown]> {
  const init = { method: 'POST', body };
  const authorization = `Bearer ${STANDALONE_API_KEY}`;
  const response = await fetch(`${service.url}${service.path}`, {
    ...init,
    headers: { authorization, ...headers },
  });
  return [response.status, await response.json()];
}
