import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import request from 'supertest';
import { CourseSyncService, GradePassbackService, LtiMetrics } from '../../src/index.js';
import { type SimulatedPlatform } from '../../src/testing/index.js';
import { type LaunchedTool, LaunchScene } from '../support/launch-scene.js';
import { until } from '../support/until.js';

describe('the spans of a launch, a sync and a score', () => {
  const exporter = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  let scene: LaunchScene;
  let platform: SimulatedPlatform;
  let tool: LaunchedTool;

  beforeAll(async () => {
    provider.register();
    scene = await LaunchScene.start();
    platform = await scene.platform();
    tool = await scene.register(platform);
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

    const { lineItemsUrl, gradebook, members } = platform.course('course-1');
    const lineItemId = `${lineItemsUrl}/${gradebook.lineItems[0]!.id.split('/').at(-1)!}`;
    const score = { lineItemId, userId: members[0]!.userId, scoreGiven: 1, scoreMaximum: 1 };
    await within('host score', () => lti.app.get(GradePassbackService).enqueue(courseId, score));
    const posted = await untilSpan('score');
    const delivery = await untilSpan('score delivery');
    expect(isBelow(posted, delivery)).toBe(true);
    expect(requestsBelow(posted)).toEqual(['grades']);
    expect(delivery.links.map(({ context: { spanId } }) => spanId)).toEqual([
      spans('host score')[0]!.spanContext().spanId,
    ]);
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
