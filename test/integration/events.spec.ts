import { getDataSourceToken } from '@nestjs/typeorm';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import ts from 'typescript';
import { type DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { type EventHandler, type LtiEvent } from '../../src/event-deliveries/event-handler.js';
import { LTI_DATA_SOURCE } from '../../src/database/lti-data-source.js';
import { SystemClock } from '../../src/common/clock.js';
import { EventOutbox, type NewEvent } from '../../src/events/event-outbox.js';
import { DeletionCleaner } from '../../src/personal-data/deletion.cleaner.js';
import { captureLog } from '../support/captured-log.js';
import { Page } from '../support/documentation/page.js';
import { LtiTestApp } from '../support/lti-app.js';
import { SyncedPlatform } from '../support/synced-platform.js';
import { createMigratedDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const DAY_MS = 86_400_000;
const KEYS = `test:${randomBytes(32).toString('base64')}`;

/** The handler of an embedder that fails when a test says so. */
class DiaryHandler implements EventHandler {
  static heard: LtiEvent[] = [];
  static fails = 0;
  /** Called instead of the work, which then does not end. */
  static onHang: (() => void) | undefined;

  handle(event: LtiEvent): void | Promise<void> {
    if (DiaryHandler.onHang !== undefined) {
      DiaryHandler.onHang();
      return new Promise(() => undefined);
    }
    if (DiaryHandler.fails > 0) {
      DiaryHandler.fails -= 1;
      throw new Error('The work of the tool failed.');
    }
    DiaryHandler.heard.push(event);
  }
}

type Take = (id: string, event: unknown) => Promise<void>;

/** The receiver that docs/events.md shows, as written. */
function receiverOfDocs(secret: string, take: Take): Server {
  const blocks = Page.all().flatMap(({ path, blocks }) => (path === 'docs/events.md' ? blocks : []));
  const { code = '' } = blocks.find((block) => block.code.includes('receiverOf')) ?? {};
  const options = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 };
  const exported: { receiverOf?: (secret: string, take: Take) => Server } = {};
  const { outputText } = ts.transpileModule(code, { compilerOptions: options });
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the example is a module of its own
  new Function('exports', 'require', outputText)(exported, require);
  return exported.receiverOf!(secret, take);
}

describe('events', () => {
  let lti: LtiTestApp;
  let receiver: WebhookReceiver;
  let webhook: { id: string; secret: string };
  beforeAll(async () => (lti = await LtiTestApp.start()));
  beforeEach(async () => {
    receiver = await WebhookReceiver.start();
    webhook = await addWebhook();
  });
  afterEach(async () => {
    await lti.api('delete', `/api/v1/webhooks/${webhook.id}`);
    await receiver.stop();
  });
  afterAll(() => lti.stop());

  const dataSource = () => lti.app.get<DataSource>(getDataSourceToken(LTI_DATA_SOURCE), { strict: false });
  const sql = <T>(text: string, parameters: unknown[] = []): Promise<T[]> =>
    dataSource().query(text, parameters);
  const store = (...events: NewEvent[]) =>
    dataSource().transaction((manager) =>
      lti.app.get(EventOutbox, { strict: false }).append(manager, events),
    );
  const show = async (id = webhook.id) => (await lti.api('get', `/api/v1/webhooks/${id}`).expect(200)).body;
  const deliveries = async (query = '') =>
    (await lti.api('get', `/api/v1/webhooks/${webhook.id}/deliveries?order=asc${query}`).expect(200)).body
      .items as Record<string, unknown>[];
  async function addWebhook(body: object = {}) {
    const made = await lti.api('post', '/api/v1/webhooks', { url: receiver.url, ...body }).expect(201);
    receiver.secret = made.body.secret as string;
    return made.body as { id: string; secret: string };
  }
  const completed = (courseId: string, syncRunId: string = randomUUID()): NewEvent => ({
    type: 'lti.sync.completed',
    registrationId: randomUUID(),
    data: { courseId, syncRunId, status: 'completed' },
  });
  const taken = (count: number) =>
    until(`${count} events`, () => Promise.resolve(receiver.taken.length >= count ? true : undefined));

  it('of a sync arrive at a webhook, signed, with ids and without names, in the order of the changes', async () => {
    const synced = await SyncedPlatform.start(lti, { family: 'canvas' });
    try {
      const course = await synced.addCourse(60);
      const { id } = await synced.sync(course);
      await taken(3);
      expect(
        receiver.taken.map(({ type, data }) => [type, (data.userIds as string[] | undefined)?.length]),
      ).toEqual([
        ['lti.membership.added', 50],
        ['lti.membership.added', 10],
        ['lti.sync.completed', undefined],
      ]);
      expect(receiver.taken[2]?.data).toEqual({
        registrationId: synced.registrationId,
        courseId: course.id,
        syncRunId: id,
        status: 'completed',
      });
      expect(receiver.unsigned).toEqual([]);
      expect(JSON.stringify(receiver.seen)).not.toMatch(/@|"name"|"message"/);
    } finally {
      await synced.stop();
    }
  });

  it('that no subscription wants are not stored, and neither are those of a change that is rolled back', async () => {
    await lti.api('patch', `/api/v1/webhooks/${webhook.id}`, { types: ['lti.score.posted'] }).expect(200);
    await store(completed(randomUUID()));
    await lti.api('patch', `/api/v1/webhooks/${webhook.id}`, { types: null }).expect(200);
    const failing = dataSource().transaction(async (manager) => {
      await lti.app.get(EventOutbox, { strict: false }).append(manager, [completed(randomUUID())]);
      throw new Error('The change failed.');
    });
    await expect(failing).rejects.toThrow('The change failed.');
    expect(await deliveries()).toEqual([]);
  });

  it('that no subscription wants take no lock', async () => {
    const outbox = lti.app.get(EventOutbox, { strict: false });
    const locksOf = (event: NewEvent) =>
      dataSource().transaction(async (manager) => {
        await outbox.append(manager, [event]);
        const held = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()`;
        return (await manager.query<unknown[]>(held)).length;
      });
    const event = completed(randomUUID());
    expect(await locksOf(event)).toBe(1);
    await lti.api('patch', `/api/v1/webhooks/${webhook.id}`, { types: ['lti.score.posted'] }).expect(200);
    expect(await locksOf(event)).toBe(0);
    await sql('UPDATE nest_lti.event_subscription SET types = NULL, registration_id = $2 WHERE id = $1', [
      webhook.id,
      randomUUID(),
    ]);
    expect(await locksOf(event)).toBe(0);
  });

  it('end with their webhook', async () => {
    receiver.answer = () => 500;
    await store(completed(randomUUID()));
    await lti.api('delete', `/api/v1/webhooks/${webhook.id}`).expect(204);
    expect(await sql('SELECT FROM nest_lti.event WHERE subscription_id = $1', [webhook.id])).toEqual([]);
  });

  it('of another registration than that of the webhook are not stored', async () => {
    const synced = await SyncedPlatform.start(lti);
    try {
      await lti.api('delete', `/api/v1/webhooks/${webhook.id}`).expect(204);
      const { registrationId } = synced;
      webhook = await addWebhook({ registrationId });
      const courseId = randomUUID();
      const own: NewEvent = {
        type: 'lti.sync.completed',
        registrationId,
        data: { courseId, syncRunId: randomUUID(), status: 'completed' },
      };
      await store(completed(randomUUID()), own);
      expect(await deliveries()).toMatchObject([{ courseId }]);
    } finally {
      await synced.stop();
    }
  });

  it('of one course arrive in order while other courses do not wait for one that fails', async () => {
    const [bad, good] = [randomUUID(), randomUUID()];
    const runs: string[] = [uuidv7(), uuidv7(), uuidv7()];
    receiver.answer = ({ data }) => (data.courseId === bad ? 500 : 204);
    for (const run of runs) await store(completed(bad, run), completed(good, run));
    await taken(3);
    expect(receiver.taken.map(({ data }) => [data.courseId, data.syncRunId])).toEqual(
      runs.map((run) => [good, run]),
    );
    // Only the first one of the course was tried: the others wait for it.
    expect(receiver.seen.filter(({ data }) => data.courseId === bad)).toHaveLength(1);
    receiver.answer = () => 204;
    lti.clock.advance(10_000);
    await taken(6);
    expect(
      receiver
        .byCourse()
        .get(bad)
        ?.map(({ data }) => data.syncRunId),
    ).toEqual(runs);
    const [first, again] = receiver.seen.filter(
      ({ data }) => data.syncRunId === runs[0] && data.courseId === bad,
    );
    expect(again?.id).toBe(first?.id);
    expect(receiver.outOfOrder()).toEqual([]);
  });

  it('of transactions at the same time get their numbers in the order of the commits', async () => {
    const course = randomUUID();
    const [first, second] = [randomUUID(), randomUUID()];
    const outbox = lti.app.get(EventOutbox, { strict: false });
    let later: Promise<void> | undefined;
    await lti.api('patch', `/api/v1/webhooks/${webhook.id}`, { status: 'paused' }).expect(200);
    await dataSource().transaction(async (manager) => {
      await outbox.append(manager, [completed(course, first)]);
      later = store(completed(course, second));
      const waits = `SELECT FROM pg_stat_activity WHERE wait_event = 'advisory' AND query LIKE '%nest_lti.event %'`;
      await until('the second transaction to wait', async () =>
        (await sql(waits)).length > 0 ? true : undefined,
      );
    });
    await later;
    const rows = await sql<{ run: string }>(
      `SELECT data->>'syncRunId' AS run FROM nest_lti.event WHERE course_id = $1 ORDER BY sequence`,
      [course],
    );
    expect(rows.map(({ run }) => run)).toEqual([first, second]);
  });

  it('wait for a receiver that fails as a whole, one try at a time, and all come when it works again', async () => {
    receiver.answer = () => 503;
    await store(...Array.from({ length: 30 }, () => completed(randomUUID())));
    // No attempt is in flight: all that were seen are counted.
    const waits = async (atLeast: number) => {
      const shown = await show();
      const isQuiet = shown.failures >= atLeast && shown.failures === receiver.seen.length;
      return isQuiet && shown.retryAt > lti.clock.now().toISOString() ? shown : undefined;
    };
    await until('the cooldown', () => waits(5));
    const tried = receiver.seen.length;
    expect(tried).toBeLessThanOrEqual(9);
    lti.clock.advance(300_000);
    await until('one more try', () => waits(tried + 1));
    expect(receiver.seen).toHaveLength(tried + 1);
    receiver.answer = () => 204;
    lti.clock.advance(300_000);
    await taken(30);
    expect(await show()).toMatchObject({ status: 'active', failures: 0, failingSince: null, retryAt: null });
  });

  it('are sent no more by a process whose job another one has taken, but for those that it has read', async () => {
    const courseId = randomUUID();
    let release: () => void = () => undefined;
    receiver.answer = (_, nth) => {
      if (nth > 1) return 204;
      return (response) => (release = () => response.writeHead(503).end());
    };
    const others = Array.from({ length: 250 }, () => completed(randomUUID()));
    const log = captureLog();
    try {
      await store(completed(courseId), ...others);
      await until('a request', () => Promise.resolve(receiver.seen.length > 0 || undefined));
      await sql(`UPDATE nest_lti_jobs.job SET lock_token = 'another' WHERE id = $1`, [webhook.id]);
      release();
      await until('the end of the job', () =>
        Promise.resolve(
          log.lines.some((line) => line.includes('Worker webhooks: Lock mismatch')) || undefined,
        ),
      );
      // The one that was answered with 503 is among those that were read.
      expect(receiver.taken).toHaveLength(99);
    } finally {
      log.end();
    }
  });

  it('that wait for their own next try are tried at once when a receiver that failed as a whole works again', async () => {
    receiver.answer = () => 503;
    await store(completed(randomUUID()));
    for (let failures = 1; failures <= 5; failures += 1) {
      await until('the failure', async () => ((await show()).failures === failures ? true : undefined));
      if (failures < 5) lti.clock.advance(400_000);
    }
    await until('the cooldown', async () => ((await show()).retryAt === null ? undefined : true));
    // The next try of the first event is 17 minutes away, and that of the receiver half a minute.
    receiver.answer = () => 204;
    await store(completed(randomUUID()));
    lti.clock.advance(30_000);
    await taken(2);
  });

  it('wait as long as Retry-After says', async () => {
    receiver.answer = (_, nth) =>
      nth === 1 ? (response) => response.writeHead(429, { 'retry-after': '120' }).end() : 204;
    await store(completed(randomUUID()));
    const { retryAt } = await until('the pause', async () => {
      const shown = await show();
      return shown.retryAt === null ? undefined : shown;
    });
    expect(new Date(retryAt as string).getTime() - lti.clock.nowMs()).toBe(120_000);
  });

  it('are not sent any more after 410, until the webhook is resumed; none is lost', async () => {
    receiver.answer = () => 410;
    await store(completed(randomUUID()));
    await until('the webhook to be disabled', async () =>
      (await show()).status === 'disabled' ? true : undefined,
    );
    expect((await show()).reason).toMatch(/410/);
    await store(completed(randomUUID()));
    expect((await show()).pending).toBe(2);
    receiver.answer = () => 204;
    await lti.api('patch', `/api/v1/webhooks/${webhook.id}`, { status: 'active' }).expect(200);
    await taken(2);
    expect(await show()).toMatchObject({ status: 'active', reason: null });
  });

  it('disable a webhook that took none for 3 days, with a reason', async () => {
    receiver.answer = () => 500;
    await store(completed(randomUUID()));
    await until('a failure', async () => ((await show()).failures > 0 ? true : undefined));
    lti.clock.advance(3 * DAY_MS);
    await until('the webhook to be disabled', async () =>
      (await show()).status === 'disabled' ? true : undefined,
    );
    expect((await show()).reason).toBe(
      'No event was delivered for 3 days. The last error: The receiver answered with status 500.',
    );
  });

  it('are given up one by one after 3 days if the receiver takes others, and their course goes on', async () => {
    const [bad, good] = [randomUUID(), randomUUID()];
    const poison = randomUUID();
    receiver.answer = ({ data }) => (data.syncRunId === poison ? 400 : 204);
    await store(completed(bad, poison), completed(bad));
    await until('a failure', async () => ((await show()).failures > 0 ? true : undefined));
    await store(completed(good));
    await taken(1);
    lti.clock.advance(3 * DAY_MS);
    await taken(2);
    expect(await deliveries('&status=failed')).toMatchObject([
      { lastStatus: 400, attempts: 2, retryAt: null },
    ]);
    expect((await show()).status).toBe('active');
  });

  it('can be sent again, one or all since a time, with the same id', async () => {
    const course = randomUUID();
    await store(completed(course), completed(course));
    await taken(2);
    const [{ eventId }] = (await deliveries()) as [{ eventId: string }];
    await lti.api('post', `/api/v1/webhooks/${webhook.id}/deliveries/${eventId}/replay`).expect(202);
    await receiver.server.untilRequests(3);
    expect(receiver.duplicates).toEqual([eventId]);
    await until('both deliveries', async () => ((await show()).pending === 0 ? true : undefined));
    const since = lti.clock.now().toISOString();
    const { body } = await lti
      .api('post', `/api/v1/webhooks/${webhook.id}/replay?since=${since}`)
      .expect(202);
    expect(body).toEqual({ events: 2 });
    await receiver.server.untilRequests(5);
    await lti.api('post', `/api/v1/webhooks/${webhook.id}/deliveries/${randomUUID()}/replay`).expect(404);
  });

  it('are signed with both secrets until the overlap of a rotation ends', async () => {
    const { body } = await lti
      .api('post', `/api/v1/webhooks/${webhook.id}/rotate-secret`, { overlapHours: 1 })
      .expect(200);
    const test = () => lti.api('post', `/api/v1/webhooks/${webhook.id}/test`).expect(200);
    expect((await test()).body).toEqual({ isDelivered: true, status: 204 });
    receiver.secret = body.secret as string;
    await test();
    expect(receiver.unsigned).toEqual([]);
    lti.clock.advance(3_600_000);
    await test();
    expect(receiver.unsigned).toEqual([]);
    receiver.secret = webhook.secret;
    await test();
    expect(receiver.unsigned).toHaveLength(1);
    expect(JSON.stringify([await show(), (await lti.api('get', '/api/v1/webhooks')).body])).not.toMatch(
      /whsec_|sealed/,
    );
  });

  it.each([
    ['64 KiB', 65_536, { isDelivered: true, status: 200 }],
    ['a byte more', 65_537, { isDelivered: false, error: expect.stringContaining('65536') }],
  ])(
    'are delivered if the answer of the receiver is no longer than 64 KiB: %s',
    async (_, bytes, outcome) => {
      receiver.answer = () => (response) => response.writeHead(200).end('x'.repeat(bytes));
      const { body } = await lti.api('post', `/api/v1/webhooks/${webhook.id}/test`).expect(200);
      expect(body).toEqual(outcome);
    },
  );

  it('do not follow a redirect, and a receiver that hangs holds no other webhook up', async () => {
    receiver.answer = () => (response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
    const { body } = await lti.api('post', `/api/v1/webhooks/${webhook.id}/test`).expect(200);
    expect(body).toMatchObject({ isDelivered: false, error: expect.stringContaining('redirects') });
    const hanging = receiver;
    hanging.answer = () => () => undefined;
    receiver = await WebhookReceiver.start();
    const other = await addWebhook();
    try {
      await store(...Array.from({ length: 20 }, () => completed(randomUUID())));
      await taken(20);
    } finally {
      await lti.api('delete', `/api/v1/webhooks/${other.id}`).expect(204);
      await lti.api('patch', `/api/v1/webhooks/${webhook.id}`, { status: 'paused' });
      await hanging.stop();
    }
  });

  it('are taken by the receiver of docs/events.md, which refuses a wrong signature and does not lose what fails', async () => {
    // The library of the receiver compares the time of the signature with that of the machine.
    lti.clock.advance(new SystemClock().nowMs() - lti.clock.nowMs());
    const taken: [id: string, event: unknown][] = [];
    let fails = true;
    const server = receiverOfDocs(webhook.secret, (id, event) => {
      if (fails) return Promise.reject(new Error('The database of the tool is down.'));
      taken.push([id, event]);
      return Promise.resolve();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      const path = `/api/v1/webhooks/${webhook.id}`;
      await lti.api('patch', path, { url: `http://127.0.0.1:${port}/` }).expect(200);
      const [courseId, syncRunId] = [randomUUID(), randomUUID()];
      await store(completed(courseId, syncRunId));
      await until('the failure', async () => ((await show()).failures === 1 ? true : undefined));
      const [{ eventId, createdAt, lastStatus }] = (await deliveries()) as [Record<string, unknown>];
      expect(lastStatus).toBe(500);
      fails = false;
      lti.clock.advance(10_000);
      await until('the event', () => Promise.resolve(taken.length > 0 ? true : undefined));
      const data = { courseId, syncRunId, status: 'completed', registrationId: expect.any(String) };
      expect(taken).toEqual([[eventId, { type: 'lti.sync.completed', timestamp: createdAt, data }]]);
      await lti.api('post', `${path}/rotate-secret`, { overlapHours: 0 }).expect(200);
      const { body } = await lti.api('post', `${path}/test`).expect(200);
      expect(body).toMatchObject({ isDelivered: false, status: 401 });
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('end: delivered ones after 7 days, others after 30 days', async () => {
    await store(completed(randomUUID()));
    await taken(1);
    await until('the delivery', async () => ((await show()).pending === 0 ? true : undefined));
    await lti.api('patch', `/api/v1/webhooks/${webhook.id}`, { status: 'paused' }).expect(200);
    await store(completed(randomUUID()));
    const clean = () => lti.app.get(DeletionCleaner, { strict: false }).tick();
    lti.clock.advance(7 * DAY_MS - 1000);
    await clean();
    expect(await deliveries()).toHaveLength(2);
    lti.clock.advance(2000);
    await clean();
    expect(await deliveries()).toMatchObject([{ status: 'pending' }]);
    lti.clock.advance(23 * DAY_MS - 2000);
    await clean();
    expect(await deliveries()).toHaveLength(1);
    lti.clock.advance(2000);
    await clean();
    expect(await deliveries()).toEqual([]);
  });
});

describe('a webhook', () => {
  let lti: LtiTestApp;
  beforeAll(
    async () =>
      (lti = await LtiTestApp.start({
        platformHttp: { allowedPrivateHosts: ['127.0.0.1:9'] },
      })),
  );
  afterAll(() => lti.stop());

  it.each([
    ['http://hooks.example.com/', 'https'],
    ['https://127.0.0.1/', 'public internet'],
    ['https://[::1]/', 'public internet'],
    ['https://169.254.169.254/latest', ''],
    ['https://10.1.2.3/', 'public internet'],
    ['https://printer.local/', 'public internet'],
    ['https://user:geheim@hooks.example.com/', ''],
  ])('cannot have the URL %s, and cannot get it later', async (url, reason) => {
    const { id } = (await lti.api('post', '/api/v1/webhooks', { url: 'https://hooks.example.com/' })).body;
    for (const refused of [
      await lti.api('post', '/api/v1/webhooks', { url }),
      await lti.api('patch', `/api/v1/webhooks/${id as string}`, { url }),
    ]) {
      expect([refused.status, refused.body.code]).toEqual([400, 'invalid_request']);
      expect(refused.body.errors).toMatchObject([{ field: 'url', message: expect.stringContaining(reason) }]);
      expect(JSON.stringify(refused.body)).not.toContain('geheim');
    }
    await lti.api('delete', `/api/v1/webhooks/${id as string}`).expect(204);
  });

  it('whose URL is not allowed any more is not called', async () => {
    const receiver = await WebhookReceiver.start();
    try {
      const url = 'https://hooks.example.com/';
      const { id } = (await lti.api('post', '/api/v1/webhooks', { url }).expect(201)).body;
      // As after a change of ALLOWED_PRIVATE_HOSTS.
      await lti.app
        .get<DataSource>(getDataSourceToken(LTI_DATA_SOURCE), { strict: false })
        .query('UPDATE nest_lti.event_subscription SET url = $2 WHERE id = $1', [id, receiver.url]);
      const { body } = await lti.api('post', `/api/v1/webhooks/${id as string}/test`).expect(200);
      expect(body).toMatchObject({ isDelivered: false, error: expect.stringContaining('https') });
      expect(receiver.seen).toEqual([]);
      await lti.api('delete', `/api/v1/webhooks/${id as string}`).expect(204);
    } finally {
      await receiver.stop();
    }
  });

  it('whose name leads to a private address is not called', async () => {
    const { body } = await lti
      .api('post', '/api/v1/webhooks', { url: 'https://localhost.localdomain/hooks' })
      .expect(201);
    const test = await lti.api('post', `/api/v1/webhooks/${body.id}/test`).expect(200);
    expect(test.body.isDelivered).toBe(false);
    await lti.api('delete', `/api/v1/webhooks/${body.id}`).expect(204);
  });

  it('is refused with another secret than the specification allows, with unknown types, and beyond the 20th', async () => {
    const url = 'https://hooks.example.com/';
    for (const body of [
      { secret: 'short' },
      { secret: 'whsec_AAAA' },
      { types: [] },
      { types: ['lti.other'] },
      { name: 'x' },
    ])
      await lti.api('post', '/api/v1/webhooks', { url, ...body }).expect(400);
    await lti.api('post', '/api/v1/webhooks', { url, registrationId: randomUUID() }).expect(404);
    for (let nth = 1; nth <= 20; nth += 1) await lti.api('post', '/api/v1/webhooks', { url }).expect(201);
    expect((await lti.api('post', '/api/v1/webhooks', { url }).expect(409)).body.code).toBe(
      'too_many_webhooks',
    );
    expect(await lti.readPages('/api/v1/webhooks?')).toHaveLength(20);
  });

  it('can be read and not changed with a key that reads', async () => {
    const { body } = await lti.api('post', '/api/v1/api-keys', { name: 'reader', scope: 'read' }).expect(201);
    const asReader = (method: 'get' | 'post' | 'patch' | 'delete', path: string) =>
      lti.api(method, path).set('Authorization', `Bearer ${body.key as string}`);
    await asReader('get', '/api/v1/webhooks').expect(200);
    const path = `/api/v1/webhooks/${randomUUID()}`;
    for (const action of ['test', 'rotate-secret', 'replay', `deliveries/${randomUUID()}/replay`])
      await asReader('post', `${path}/${action}`).expect(403);
    await asReader('post', '/api/v1/webhooks').expect(403);
    await asReader('patch', path).expect(403);
    await asReader('delete', path).expect(403);
  });
});

describe("the embedder's EventHandler", () => {
  let database: TestDatabase;
  beforeAll(async () => (database = await createMigratedDatabase()));
  afterAll(() => database.drop());

  const start = (handles: boolean) =>
    LtiTestApp.start({
      database: { url: database.url },
      encryptionKeys: KEYS,
      ...(handles && { events: { handler: DiaryHandler } }),
    });

  it('gets what a process without the handler stored before a crash, again after it failed, and in order', async () => {
    await (await start(true)).stop();
    // This process has no handler: it stores the events, and cannot deliver them.
    const other = await start(false);
    const courseId = randomUUID();
    const runs = [randomUUID(), randomUUID(), randomUUID()];
    const events = runs.map((syncRunId): NewEvent => {
      return {
        type: 'lti.sync.completed',
        registrationId: null,
        data: { courseId, syncRunId, status: 'completed' },
      };
    });
    const dataSource = other.app.get<DataSource>(getDataSourceToken(LTI_DATA_SOURCE), { strict: false });
    await dataSource.transaction((manager) =>
      other.app.get(EventOutbox, { strict: false }).append(manager, events),
    );
    await other.stop();
    expect(DiaryHandler.heard).toEqual([]);
    DiaryHandler.fails = 1;
    const lti = await start(true);
    await until('the failure', () => Promise.resolve(DiaryHandler.fails === 0 ? true : undefined));
    lti.clock.advance(10_000);
    await until('the events', () => Promise.resolve(DiaryHandler.heard.length === 3 ? true : undefined));
    expect(DiaryHandler.heard.map(({ data }) => 'syncRunId' in data && data.syncRunId)).toEqual(runs);
    await lti.stop();
  });

  it('that gives an event up after 3 days, because it takes others, has it listed with its error and is called again by a replay', async () => {
    DiaryHandler.heard = [];
    const lti = await start(true);
    // Later than the events of the test before.
    lti.clock.advance(60_000);
    const [bad, good] = [randomUUID(), randomUUID()];
    const store = (courseId: string) =>
      lti.app.get<DataSource>(getDataSourceToken(LTI_DATA_SOURCE), { strict: false }).transaction((manager) =>
        lti.app.get(EventOutbox, { strict: false }).append(manager, [
          {
            type: 'lti.sync.completed',
            registrationId: null,
            data: { courseId, syncRunId: randomUUID(), status: 'completed' },
          },
        ]),
      );
    const deliveriesOf = async (status: string) =>
      (await lti.api('get', `/api/v1/event-handler/deliveries?status=${status}`).expect(200)).body.items;
    const heard = (courseId: string) =>
      until('the event', () =>
        Promise.resolve(
          DiaryHandler.heard.find(({ data }) => 'courseId' in data && data.courseId === courseId),
        ),
      );
    DiaryHandler.fails = 1;
    await store(bad);
    await until('the failure', async () =>
      (await deliveriesOf('pending'))[0]?.lastError ? true : undefined,
    );
    expect((await lti.api('get', '/api/v1/event-handler').expect(200)).body).toEqual({
      types: null,
      failures: 1,
      failingSince: expect.any(String),
      retryAt: null,
      pending: 1,
      seenAt: expect.any(String),
    });
    await store(good);
    await heard(good);
    DiaryHandler.fails = 1;
    lti.clock.advance(3 * DAY_MS);
    const [failed] = await until('the end of the tries', async () => {
      const found = await deliveriesOf('failed');
      return found.length > 0 ? found : undefined;
    });
    expect(failed).toMatchObject({
      courseId: bad,
      type: 'lti.sync.completed',
      attempts: 2,
      lastStatus: null,
      lastError: 'The work of the tool failed.',
      retryAt: null,
    });
    const path = '/api/v1/event-handler';
    const replayed = await lti.api('post', `${path}/deliveries/${failed.eventId}/replay`).expect(202);
    expect(replayed.body).toEqual({ events: 1 });
    expect(await heard(bad)).toMatchObject({ id: failed.eventId });
    await until('the delivery', async () =>
      (await deliveriesOf('pending')).length === 0 ? true : undefined,
    );
    const since = encodeURIComponent(failed.createdAt);
    expect((await lti.api('post', `${path}/replay?since=${since}&failedOnly=true`).expect(202)).body).toEqual(
      {
        events: 0,
      },
    );
    expect((await lti.api('post', `${path}/replay?since=${since}`).expect(202)).body).toEqual({ events: 2 });
    await until('both again', () => Promise.resolve(DiaryHandler.heard.length === 4 ? true : undefined));
    const unknown = await lti.api('post', `${path}/deliveries/${randomUUID()}/replay`).expect(404);
    expect(unknown.body.code).toBe('event_handler_delivery_not_found');
    await lti.stop();
  });

  it('that does not end holds the shutdown up for 5 s at most, and gets its event again from the next process', async () => {
    DiaryHandler.heard = [];
    const lti = await start(true);
    const hanging = new Promise<void>((resolve) => (DiaryHandler.onHang = resolve));
    const courseId = randomUUID();
    await lti.app
      .get<DataSource>(getDataSourceToken(LTI_DATA_SOURCE), { strict: false })
      .transaction((manager) =>
        lti.app.get(EventOutbox, { strict: false }).append(manager, [
          {
            type: 'lti.sync.completed',
            registrationId: null,
            data: { courseId, syncRunId: randomUUID(), status: 'completed' },
          },
        ]),
      );
    await hanging;
    const sleeping = lti.clock.sleeping;
    const stopping = lti.stop();
    await lti.clock.untilSleeping(sleeping + 1);
    lti.clock.advance(5000);
    await stopping;
    DiaryHandler.onHang = undefined;
    const next = await start(true);
    await until('the event', () => Promise.resolve(DiaryHandler.heard.length > 0 ? true : undefined));
    expect(DiaryHandler.heard).toMatchObject([{ data: { courseId } }]);
    await next.stop();
  });

  it('that no process has had for 30 days gets no more events', async () => {
    const lti = await start(false);
    const handlers = () =>
      lti.app
        .get<DataSource>(getDataSourceToken(LTI_DATA_SOURCE), { strict: false })
        .query<unknown[]>(`SELECT FROM nest_lti.event_subscription WHERE kind = 'handler'`);
    const clean = () => lti.app.get(DeletionCleaner, { strict: false }).tick();
    lti.clock.advance(29 * DAY_MS);
    await clean();
    expect(await handlers()).toHaveLength(1);
    lti.clock.advance(2 * DAY_MS);
    await clean();
    expect(await handlers()).toEqual([]);
    for (const path of ['', '/deliveries'])
      expect((await lti.api('get', `/api/v1/event-handler${path}`).expect(404)).body.code).toBe(
        'event_handler_not_found',
      );
    await lti.stop();
  });
});
