import { getDataSourceToken } from '@nestjs/typeorm';
import { randomUUID } from 'node:crypto';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { type DataSource } from 'typeorm';
import { SyncRunRepository } from '../../src/course-syncs/sync-run.repository.js';
import { MAX_STREAMS, SyncRunStreams } from '../../src/course-syncs/sync-run-streams.js';
import { type SyncRun } from '../../src/courses/sync-run.entity.js';
import { LTI_DATA_SOURCE } from '../../src/database/lti-data-source.js';
import { adapterNames } from '../support/http-adapters.js';
import { API_KEY, LtiTestApp } from '../support/lti-app.js';
import { SyncedPlatform } from '../support/synced-platform.js';
import { until } from '../support/until.js';

/** A client of the stream, on a connection of its own, as a browser's EventSource. */
class StreamReader {
  text = '';
  isEnded = false;

  private constructor(
    private readonly request: ClientRequest,
    readonly response: IncomingMessage,
  ) {}

  /** Resolves with the head of the answer. */
  static open(
    lti: LtiTestApp,
    id: string,
    { key = API_KEY, method = 'GET', ...headers }: Record<string, string> = {},
  ): Promise<StreamReader> {
    return new Promise((resolve, reject) => {
      const url = `${lti.url}/api/v1/sync-runs/${id}/events`;
      const outgoing = request(url, {
        agent: false,
        method,
        headers: { authorization: `Bearer ${key}`, ...headers },
      });
      outgoing.once('error', reject).once('response', (response) => {
        const reader = new StreamReader(outgoing, response);
        response.setEncoding('utf8');
        response.on('data', (text: string) => (reader.text += text));
        response.on('end', () => (reader.isEnded = true));
        response.on('error', () => undefined);
        resolve(reader);
      });
      outgoing.end();
    });
  }

  get status(): number | undefined {
    return this.response.statusCode;
  }

  /** The states that have arrived. */
  get states(): string[] {
    return [...this.text.matchAll(/^data: (.*)$/gm)].map(
      ([, json = '']) => (JSON.parse(json) as { status: string }).status,
    );
  }

  get lastId(): string {
    return [...this.text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? '';
  }

  close(): void {
    this.request.destroy();
  }
}

const when = (what: string, holds: () => boolean): Promise<true> =>
  until(what, () => Promise.resolve(holds() ? true : undefined));

describe.each(adapterNames)('the stream of a sync run on %s', (adapter) => {
  let lti: LtiTestApp;
  let synced: SyncedPlatform;
  let stopped: Promise<void> | undefined;
  beforeAll(async () => {
    lti = await LtiTestApp.start({
      adapter,
      gradePassback: { concurrency: 0 },
    });
    synced = await SyncedPlatform.start(lti);
  });
  const stop = () => (stopped ??= lti.stop());
  afterAll(async () => {
    await synced.stop();
    await stop();
  });
  afterEach(() => jest.restoreAllMocks());

  const sql = (text: string, parameters: unknown[]): Promise<unknown> =>
    lti.app.get<DataSource>(getDataSourceToken(LTI_DATA_SOURCE), { strict: false }).query(text, parameters);
  const setStatus = (id: string, status: string, finishedAt: Date | null) =>
    sql(
      'UPDATE nest_lti.sync_run SET status = $2, pages = pages + 1, retry_at = NULL, finished_at = $3 WHERE id = $1',
      [id, status, finishedAt],
    );
  const streams = () => lti.app.get(SyncRunStreams, { strict: false });
  /** The reading of the runs, observed or broken. */
  const reading = () =>
    jest.spyOn(Reflect.get(streams(), 'runs') as { findBy: () => Promise<SyncRun[]> }, 'findBy');
  /** A run that only the test changes, as another process would: it is delayed, so no worker takes it. */
  async function ownRun(): Promise<string> {
    const [id, { id: courseId }] = [randomUUID(), await synced.addCourse(1)];
    await sql(
      `INSERT INTO nest_lti.sync_run (id, course_id, registration_id, trigger, status, attempt, pages, added, updated, removed,
         unchanged, token_requests, created_at, retry_at)
       VALUES ($1, $2, $3, 'request', 'queued', 0, 0, 0, 0, 0, 0, 0, now(), '2099-01-01')`,
      [id, courseId, synced.registrationId],
    );
    return id;
  }
  /** Ends the wait for the next reading. */
  const advance = async (ms: number) => {
    await lti.clock.untilSleeping();
    lti.clock.advance(ms);
  };

  it('shows each state that any process stores, ends with the run, and is not opened again after its end', async () => {
    const id = await ownRun();
    const stream = await StreamReader.open(lti, id);
    expect(stream.response.headers).toMatchObject({
      'content-type': expect.stringContaining('text/event-stream'),
      // Without these, compressing middleware and nginx keep the events back.
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    await when('the first state', () => stream.states.length === 1);
    await setStatus(id, 'running', null);
    await advance(1000);
    await when('the second state', () => stream.states.length === 2);
    // A page more.
    await setStatus(id, 'running', null);
    await advance(1000);
    await when('the third state', () => stream.states.length === 3);
    await setStatus(id, 'completed', lti.clock.now());
    await advance(1000);
    await when('the end', () => stream.isEnded);
    expect(stream.states).toEqual(['delayed', 'running', 'running', 'completed']);
    expect(stream.text).toMatch(/^retry: 2000\n\nid: /);
    expect((await StreamReader.open(lti, id, { 'last-event-id': stream.lastId })).status).toBe(204);
    const late = await StreamReader.open(lti, id, { 'last-event-id': 'other' });
    await when('the end', () => late.isEnded);
    expect(late.states).toEqual(['completed']);
  });

  it('is not opened by HEAD', async () => {
    const head = await StreamReader.open(lti, await ownRun(), { method: 'HEAD' });
    expect([head.status, head.text]).toEqual([200, '']);
    expect(Reflect.get(streams(), 'streams')).toEqual(new Set());
  });

  it('of a run that a worker executes ends with the same view as GET', async () => {
    const { id } = await synced.request(await synced.addCourse(3));
    const stream = await StreamReader.open(lti, id);
    const run = await synced.untilEnded(id);
    await until('the end', () => {
      if (!stream.isEnded) lti.clock.advance(1000);
      return Promise.resolve(stream.isEnded ? true : undefined);
    });
    const last = stream.text.split('\n').findLast((line) => line.startsWith('data: '));
    expect(JSON.parse((last ?? '').slice('data: '.length))).toEqual(run);
  });

  it('has a comment after 15 s without a change, and is continued by Last-Event-ID without a repetition', async () => {
    const id = await ownRun();
    const stream = await StreamReader.open(lti, id);
    await when('the first state', () => stream.states.length === 1);
    await advance(14_000);
    await lti.clock.untilSleeping();
    await setStatus(id, 'running', null);
    await advance(1000);
    await when('the second state', () => stream.states.length === 2);
    // The 15 s begin with each state and with each comment.
    await advance(14_000);
    await advance(1000);
    await when('the heartbeat', () => stream.text.endsWith('\n\n:\n\n'));
    await advance(1000);
    await lti.clock.untilSleeping();
    const next = await StreamReader.open(lti, id, { 'last-event-id': stream.lastId });
    await setStatus(id, 'cancelled', lti.clock.now());
    await advance(1000);
    await when('the ends', () => stream.isEnded && next.isEnded);
    expect(stream.text.match(/^(?:retry|id|:)/gm)).toEqual(['retry', 'id', 'id', ':', 'id']);
    expect(next.states).toEqual(['cancelled']);
  });

  it('is open to a key that reads, and ends within a minute of its revocation', async () => {
    const id = await ownRun();
    const { body } = await lti.api('post', '/api/v1/api-keys', { name: 'reader', scope: 'read' }).expect(201);
    const stream = await StreamReader.open(lti, id, { key: body.key as string });
    expect(stream.status).toBe(200);
    await when('the first state', () => stream.states.length === 1);
    await lti.api('delete', `/api/v1/api-keys/${body.id as string}`).expect(204);
    await advance(59_000);
    await advance(1000);
    await when('the end', () => stream.isEnded);
    expect((await StreamReader.open(lti, id, { key: body.key as string })).status).toBe(401);
    await setStatus(id, 'cancelled', lti.clock.now());
  });

  it('takes one statement a second for all streams of a process, and none without a stream', async () => {
    const statements = reading();
    const ids = [await ownRun(), await ownRun()];
    const opened: StreamReader[] = [];
    for (const id of [...ids, ...ids, ...ids]) opened.push(await StreamReader.open(lti, id));
    await when('the first states', () => opened.every(({ states }) => states.length === 1));
    for (let second = 1; second <= 3; second += 1) {
      await advance(999);
      expect(lti.clock.sleeping).toBe(1);
      await advance(1);
      await lti.clock.untilSleeping();
      expect(statements).toHaveBeenCalledTimes(second);
    }
    for (const id of ids) await setStatus(id, 'cancelled', lti.clock.now());
    await advance(1000);
    await when('the ends', () => opened.every(({ isEnded }) => isEnded));
    expect(lti.clock.sleeping).toBe(0);
    expect(statements).toHaveBeenCalledTimes(4);
  });

  it('that opens while the runs are read goes on with the next reading', async () => {
    const [early, late] = [await ownRun(), await ownRun()];
    const first = await StreamReader.open(lti, early);
    await when('the first state', () => first.states.length === 1);
    let answer = (): void => undefined;
    const statements = reading().mockImplementationOnce(
      () => new Promise((resolve) => (answer = () => resolve([]))),
    );
    await advance(1000);
    await when('the statement', () => statements.mock.calls.length === 1);
    const second = await StreamReader.open(lti, late);
    await when('the first state', () => second.states.length === 1);
    answer();
    // The run is not in the database any more.
    await when('the end', () => first.isEnded);
    await setStatus(late, 'completed', lti.clock.now());
    await advance(1000);
    await when('the end', () => second.isEnded);
    expect(second.states).toEqual(['delayed', 'completed']);
  });

  it('stays open while the database does not answer', async () => {
    const id = await ownRun();
    const stream = await StreamReader.open(lti, id);
    await when('the first state', () => stream.states.length === 1);
    const statements = reading().mockRejectedValueOnce(new Error('The connection was lost.'));
    await advance(1000);
    await when('the statement', () => statements.mock.calls.length === 1);
    await setStatus(id, 'completed', lti.clock.now());
    await advance(1000);
    await when('the end', () => stream.isEnded);
    expect(stream.states).toEqual(['delayed', 'completed']);
  });

  it('is refused with 404 for an unknown run, and with 503 and Retry-After beyond the bound, until one closes', async () => {
    expect((await StreamReader.open(lti, randomUUID())).status).toBe(404);
    const id = await ownRun();
    const run = await lti.app.get(SyncRunRepository, { strict: false }).get(id);
    // A client that disconnected before its stream began takes no place.
    for (let nth = 1; nth <= MAX_STREAMS; nth += 1)
      streams().open(run, { lastEventId: undefined, gone: AbortSignal.abort() });
    const opened: StreamReader[] = [];
    for (let nth = 1; nth <= MAX_STREAMS; nth += 1) opened.push(await StreamReader.open(lti, id));
    expect(opened.every(({ status }) => status === 200)).toBe(true);
    const refused = await StreamReader.open(lti, id);
    await when('the problem', () => refused.isEnded);
    expect(refused.status).toBe(503);
    expect(refused.response.headers['retry-after']).toBe(new Date(lti.clock.nowMs() + 30_000).toUTCString());
    expect(JSON.parse(refused.text)).toMatchObject({ code: 'too_many_streams' });
    for (const stream of opened) stream.close();
    const stream = await until('a place', async () => {
      const next = await StreamReader.open(lti, id);
      return next.status === 200 ? next : undefined;
    });
    await setStatus(id, 'cancelled', lti.clock.now());
    await advance(1000);
    await when('the end', () => stream.isEnded);
  });

  it('ends when the application stops', async () => {
    const stream = await StreamReader.open(lti, await ownRun());
    await when('the first state', () => stream.states.length === 1);
    await stop();
    await when('the end', () => stream.isEnded);
    expect(stream.states).toEqual(['delayed']);
  });
});
