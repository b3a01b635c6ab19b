import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import request from 'supertest';
import {
  CourseSyncService,
  type EventHandler,
  GradePassbackService,
  type LtiEvent,
  LtiMetrics,
} from '../../src/index.js';
import { defaultScopes, Scope } from '../../src/common/scopes.js';
import { NoticeService } from '../../src/notices/notice.service.js';
import { type SimulatedPlatform } from '../../src/testing/index.js';
import { allScopes, noticeScope } from '../../src/testing/service-constants.js';
import { type LaunchedTool, LaunchScene } from '../support/launch-scene.js';
import { until } from '../support/until.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const COPY = 'LtiContextCopyNotice';

/** An embedder's work on events. An error of it can name a person. */
class FailingOnce implements EventHandler {
  static fails = true;

  handle({ data }: LtiEvent): void {
    if (!('userIds' in data) || !FailingOnce.fails) return;
    FailingOnce.fails = false;
    throw new Error(`The user ${data.userIds[0] ?? ''} is not known here.`);
  }
}

describe('the spans of a launch, a sync, a score, a notice and an event', () => {
  const exporter = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  let scene: LaunchScene;
  let platform: SimulatedPlatform;
  let tool: LaunchedTool;

  beforeAll(async () => {
    provider.register();
    scene = await LaunchScene.start({ events: { handler: FailingOnce } });
    platform = await scene.platform();
    const scopes = [...defaultScopes, Scope.noticeHandlers];
    tool = await scene.register(platform, { scopes }, { scopes: [...allScopes, noticeScope] });
  });
  afterAll(async () => {
    await scene.stop();
    await provider.shutdown();
    trace.disable();
    context.disable();
    propagation.disable();
  });

  const spans = (name: string): ReadableSpan[] =>
    exporter.getFinishedSpans().filter((span) => span.name === name);
  const untilSpan = (name: string): Promise<ReadableSpan> =>
    until(`a span ${name}`, () => Promise.resolve(spans(name)[0]));
  const isBelow = (span: ReadableSpan, ancestor: ReadableSpan): boolean => {
    const byId = new Map(exporter.getFinishedSpans().map((one) => [one.spanContext().spanId, one]));
    for (let at: ReadableSpan | undefined = span; at !== undefined;) {
      if (at.spanContext().spanId === ancestor.spanContext().spanId) return true;
      at = byId.get(at.parentSpanContext?.spanId ?? '');
    }
    return false;
  };
  /** What tracing costs: the spans of one operation, by their number. */
  const countsBelow = (span: ReadableSpan): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const { name } of exporter.getFinishedSpans().filter((one) => isBelow(one, span)))
      counts[name] = (counts[name] ?? 0) + 1;
    return counts;
  };
  const requestsBelow = (span: ReadableSpan): unknown[] =>
    exporter
      .getFinishedSpans()
      .filter((one) => one.kind === SpanKind.CLIENT && isBelow(one, span))
      .map(({ attributes }) => attributes['nest_lti.service']);
  /** Runs the work as an embedder's request would, in a span of its own. */
  const within = <T>(name: string, work: () => Promise<T>): Promise<T> =>
    trace.getTracer('host').startActiveSpan(name, async (span) => {
      try {
        return await work();
      } finally {
        span.end();
      }
    });

  it('have the outcome, the requests to the platform below them, and a link to the span that queued the job', async () => {
    const { lti } = scene;
    await scene.browser().launch(scene.begin(platform, tool));
    expect((await untilSpan('lti launch')).attributes).toEqual({
      'nest_lti.lti_version': '1.3',
      'nest_lti.outcome': 'accepted',
    });

    const { body: courses } = await lti.api('get', '/api/v1/courses').expect(200);
    const courseId = courses.items[0].id as string;
    await within('host sync', () => lti.app.get(CourseSyncService).syncCourse(courseId));
    const sync = await untilSpan('course sync');
    expect(sync.attributes).toMatchObject({
      'nest_lti.course.id': courseId,
      'nest_lti.registration.id': tool.registrationId,
      'nest_lti.outcome': 'completed',
    });
    expect(sync.kind).toBe(SpanKind.CONSUMER);
    const [hostSync] = spans('host sync');
    expect(sync.links.map(({ context: { spanId } }) => spanId)).toEqual([hostSync!.spanContext().spanId]);
    expect(requestsBelow(sync)).toEqual(expect.arrayContaining(['token', 'memberships', 'grades']));
    expect(requestsBelow(spans('token request')[0]!)).toEqual(['token']);
    // The token, the roster, the line items and the results of the one line item.
    expect(countsBelow(sync)).toEqual({ 'course sync': 1, 'token request': 1, POST: 1, GET: 3 });

    const { lineItemsUrl, gradebook, members } = platform.course('course-1');
    const lineItemId = `${lineItemsUrl}/${gradebook.lineItems[0]!.id.split('/').at(-1)!}`;
    const score = { lineItemId, userId: members[0]!.userId, scoreGiven: 1, scoreMaximum: 1 };
    await within('host score', () => lti.app.get(GradePassbackService).enqueue(courseId, score));
    const posted = await untilSpan('score');
    const delivery = await untilSpan('score delivery');
    expect(isBelow(posted, delivery)).toBe(true);
    expect(requestsBelow(posted)).toEqual(['grades']);
    expect(countsBelow(delivery)).toEqual({ 'score delivery': 1, score: 1, POST: 1 });
    expect(delivery.links.map(({ context: { spanId } }) => spanId)).toEqual([
      spans('host score')[0]!.spanContext().spanId,
    ]);
  });

  it('of a notice and of an event have the outcome, the error by its code, and the request below them', async () => {
    const { lti } = scene;
    expect((await untilSpan('notice subscription')).attributes).toEqual({
      'nest_lti.registration.id': tool.registrationId,
    });
    const receiver = await WebhookReceiver.start();
    try {
      receiver.answer = (_, nth) => (nth === 1 ? 500 : 204);
      const { body: webhook } = await lti.api('post', '/api/v1/webhooks', { url: receiver.url }).expect(201);
      receiver.secret = webhook.secret as string;

      const claim = 'https://purl.imsglobal.org/spec/lti/claim';
      const jwt = await platform.signNotice(
        COPY,
        { clientId: tool.clientId, deploymentId: '1' },
        { [`${claim}/context`]: { id: 'copy' }, [`${claim}/origin_contexts`]: ['course-1'] },
      );
      await within('host notice', () => lti.app.get(NoticeService, { strict: false }).receive([{ jwt }]));
      const notice = await untilSpan('notice');
      expect(notice.attributes).toEqual({
        'nest_lti.notice.id': expect.any(String),
        'nest_lti.notice.attempt': 1,
        'nest_lti.registration.id': tool.registrationId,
      });
      expect(notice.kind).toBe(SpanKind.CONSUMER);
      expect(notice.links.map(({ context: { spanId } }) => spanId)).toEqual([
        spans('host notice')[0]!.spanContext().spanId,
      ]);

      const deliveriesTo = (to: string): Promise<ReadableSpan> =>
        until(`a delivery to ${to}`, () =>
          Promise.resolve(
            spans('event delivery').find(
              ({ attributes }) => attributes['nest_lti.event.receiver'] === to && 'error.type' in attributes,
            ),
          ),
        );
      const refused = await deliveriesTo(webhook.id as string);
      expect(refused.attributes).toEqual({
        'nest_lti.event.id': receiver.seen[0]?.id,
        'nest_lti.event.type': 'lti.course.copied',
        'nest_lti.event.attempt': 1,
        'nest_lti.event.receiver': webhook.id,
        'nest_lti.course.id': receiver.seen[0]?.data.courseId,
        'nest_lti.outcome': 'failed',
        'error.type': '500',
      });
      expect(refused.status).toEqual({ code: SpanStatusCode.ERROR });
      expect(countsBelow(refused)).toEqual({ 'event delivery': 1, POST: 1 });

      platform.course('course-1').members[0]!.name = 'A new name';
      const { body: courses } = await lti.api('get', '/api/v1/courses').expect(200);
      const { id } = courses.items.find(({ contextId }: { contextId: string }) => contextId === 'course-1');
      await lti.app.get(CourseSyncService).syncCourse(id as string);
      const failed = await deliveriesTo('handler');
      expect(failed.attributes).toMatchObject({
        'nest_lti.event.type': 'lti.membership.added',
        'nest_lti.outcome': 'failed',
        'error.type': 'handler_failed',
      });
      lti.clock.advance(60_000);
      await until('the events', () => Promise.resolve(receiver.taken.length >= 3 ? true : undefined));
      await until('their spans', () =>
        Promise.resolve(
          spans('event delivery').filter(({ attributes }) => attributes['nest_lti.outcome'] === 'delivered')
            .length >= 6
            ? true
            : undefined,
        ),
      );
      await lti.api('delete', `/api/v1/webhooks/${webhook.id as string}`).expect(204);
    } finally {
      await receiver.stop();
    }
  });

  it('contain no data of a person and no token', () => {
    const secrets = platform
      .course('course-1')
      .members.flatMap(({ userId, name, givenName, familyName, email }) => [
        userId,
        name,
        givenName,
        familyName,
        email,
      ])
      .filter((one) => one !== undefined);
    expect(secrets.length).toBeGreaterThan(5);
    const tokens = platform.issuedTokens.map(({ accessToken }) => accessToken);
    expect(tokens.length).toBe(1);
    const recorded = JSON.stringify(
      exporter
        .getFinishedSpans()
        .map(({ name, attributes, events, status, links }) => ({ name, attributes, events, status, links })),
    );
    expect(recorded).toContain('lti launch');
    for (const secret of [...secrets, ...tokens]) expect(recorded).not.toContain(secret);
  });

  it('follow the HTTP semantic conventions', () => {
    const { hostname, port } = new URL(platform.issuer);
    const roster = spans('GET').find(({ attributes }) => attributes['nest_lti.service'] === 'memberships');
    expect(roster?.attributes).toEqual({
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'server.address': hostname,
      'server.port': Number(port),
      'url.scheme': 'http',
      'nest_lti.service': 'memberships',
    });
  });

  it('record an error by its code alone', async () => {
    exporter.reset();
    await request(scene.lti.url).post('/lti/launch').type('form').send({ state: 'x' }).expect(400);
    const launch = await untilSpan('lti launch');
    expect(launch.status).toEqual({ code: SpanStatusCode.ERROR, message: 'state_unknown' });
    expect(launch.attributes['error.type']).toBe('state_unknown');
    expect(launch.events).toEqual([]);
    const text = await scene.lti.app.get(LtiMetrics).registry.metrics();
    expect(text).toContain('nest_lti_launches_total{version="1.3",outcome="state_unknown"} 1');
  });
});
