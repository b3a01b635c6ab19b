import type * as OpenTelemetry from '@opentelemetry/api';
import { LtiError } from '../common/lti-error.js';
import { isPackageMissing } from '../common/optional-package.js';
import { VERSION } from '../common/version.js';

/** Ids of our rows, names, numbers and states. Never data of a person, a token, or a URL's path or query. */
export type SpanAttributes = Record<string, string | number | undefined>;

export interface SpanOptions {
  /** `client`: a request to another server. `consumer`: a job. Default: `internal`. */
  kind?: 'client' | 'consumer' | 'internal' | 'server';
  /** The span that queued this job, by `traceparent()`. The new span has a link to it. */
  queuedBy?: string | undefined;
}

/** Adds attributes that are known only during the work. With `error.type` the span has the status of an error. */
export type AddAttributes = (attributes: SpanAttributes) => void;

/** The embedder's package, which is also where its SDK registers the tracer provider. Undefined if it is not installed. */
let api: typeof OpenTelemetry | undefined;
let tracer: OpenTelemetry.Tracer | undefined;

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const NO_ATTRIBUTES: AddAttributes = () => undefined;

/** Called at boot. `@opentelemetry/api` is an optional peer: without it no span is made. */
export async function loadOpenTelemetry(): Promise<void> {
  try {
    api = await import('@opentelemetry/api');
    tracer = api.trace.getTracer('nest-lti', VERSION);
  } catch (error) {
    if (!isPackageMissing(error, '@opentelemetry/api')) throw error;
  }
}

/**
 * Runs the work in a span of the global tracer provider, as a child of the active span. An error is recorded by its `code`, without
 * its message, which may name a person.
 */
export function withSpan<T>(
  name: string,
  attributes: SpanAttributes,
  work: (add: AddAttributes) => Promise<T>,
  { kind = 'internal', queuedBy }: SpanOptions = {},
): Promise<T> {
  if (api === undefined || tracer === undefined) return work(NO_ATTRIBUTES);
  const { SpanKind, SpanStatusCode } = api;
  const spanKind = SpanKind[kind.toUpperCase() as Uppercase<typeof kind>];
  const options = { kind: spanKind, attributes, links: linksTo(queuedBy) };
  return tracer.startActiveSpan(name, options, async (span) => {
    try {
      return await work((more) => {
        span.setAttributes(more);
        if (more['error.type'] !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
      });
    } catch (error) {
      span.setAttribute('error.type', codeOf(error));
      span.setStatus({ code: SpanStatusCode.ERROR, message: codeOf(error) });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** The active span in the form of W3C Trace Context, for a job's data: `{}` if no span is recorded. */
export function traceparent(): { traceparent?: string } {
  const context = api?.trace.getActiveSpan()?.spanContext();
  if (api?.isSpanContextValid(context ?? api.INVALID_SPAN_CONTEXT) !== true || context === undefined)
    return {};
  const flags = context.traceFlags.toString(16).padStart(2, '0');
  return { traceparent: `00-${context.traceId}-${context.spanId}-${flags}` };
}

/** The stable code of an error, as a label and as `error.type`. */
export function codeOf(error: unknown): string {
  return error instanceof LtiError ? error.code : 'unexpected';
}

function linksTo(queuedBy: string | undefined): OpenTelemetry.Link[] {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(queuedBy ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return [];
  return [{ context: { traceId, spanId, traceFlags: parseInt(flags, 16), isRemote: true } }];
}
