import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { context, propagation, trace } from '@opentelemetry/api';
import { NotFound } from '../common/reactions.errors.js';
import { LtiMetrics } from './lti-metrics.js';
import { loadOpenTelemetry, withSpan } from './spans.js';
import { WorkMetrics } from './work-metrics.js';

describe('the metrics and spans of work that fails', () => {
  const exporter = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  let lti: LtiMetrics;
  let metrics: WorkMetrics;
  beforeAll(async () => {
    provider.register();
    await loadOpenTelemetry();
  });
  beforeEach(() => {
    exporter.reset();
    lti = new LtiMetrics();
    metrics = new WorkMetrics(lti);
  });
  afterAll(async () => {
    await provider.shutdown();
    trace.disable();
    context.disable();
    propagation.disable();
  });
  const lines = async (): Promise<string[]> => (await lti.registry.metrics()).split('\n');
  const recorded = (): string =>
    JSON.stringify(
      exporter.getFinishedSpans().map(({ attributes, events, status }) => ({ attributes, events, status })),
    );
  const run = {
    id: 'run',
    courseId: 'course',
    registrationId: 'registration',
    attempt: 1,
    createdAt: new Date(0),
    startedAt: new Date(7000),
  };

  it('have the word unexpected instead of the text of an error that has no code', async () => {
    const failing = (): Promise<never> => Promise.reject(new Error('Jane Doe has no e-mail address'));
    await expect(metrics.launch('1.3', failing)).rejects.toThrow('Jane');
    expect(await lines()).toContain('nest_lti_launches_total{version="1.3",outcome="unexpected"} 1');
    expect(exporter.getFinishedSpans()[0]?.attributes['error.type']).toBe('unexpected');
    expect(recorded() + (await lines()).join()).not.toContain('Jane');
  });

  it('have the code of an error, without its message', async () => {
    const error = new NotFound({ code: 'course_not_found', message: 'No course of Jane Doe.' });
    await expect(metrics.sync(run, undefined, () => Promise.reject(error))).rejects.toBe(error);
    expect(await lines()).toContain('nest_lti_syncs_total{outcome="failed"} 1');
    expect(exporter.getFinishedSpans()[0]?.status.message).toBe('course_not_found');
    expect(recorded()).not.toContain('Jane');
  });

  it('count an attempt that is tried again as postponed, and its wait only once', async () => {
    const error = new NotFound({ code: 'later', message: 'Later.', retryAt: new Date(9000) });
    const postponed = (): Promise<never> => Promise.reject(error);
    await expect(metrics.sync(run, undefined, postponed)).rejects.toBe(error);
    await expect(metrics.sync({ ...run, attempt: 2 }, undefined, postponed)).rejects.toBe(error);
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'nest_lti_syncs_total{outcome="postponed"} 2',
        'nest_lti_syncs_total{outcome="failed"} 0',
        'nest_lti_sync_wait_seconds_count 1',
        'nest_lti_sync_wait_seconds_sum 7',
      ]),
    );
  });

  it('measure how long a score waited once it has ended, not at each attempt', async () => {
    metrics.score('pending', 1000, 'r-1');
    metrics.score('posted', 4000, 'r-1');
    metrics.score('rejected', -1, 'r-1');
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'nest_lti_scores_total{outcome="pending"} 1',
        'nest_lti_score_wait_seconds_count 2',
        'nest_lti_score_wait_seconds_sum 4',
      ]),
    );
  });

  it('ignore a parent span of a job that is not in the form of W3C Trace Context', async () => {
    await withSpan('job', {}, () => Promise.resolve(), { queuedBy: '00-nonsense' });
    expect(exporter.getFinishedSpans()[0]?.links).toEqual([]);
  });
});
