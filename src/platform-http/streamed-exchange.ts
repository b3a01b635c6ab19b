import { pipeline, type Readable, Transform } from 'node:stream';
import { type Agent, type Dispatcher, FormData } from 'undici';
import { type Exchange, type ExchangeRequest } from './exchange.js';
import { PlatformTimeout, RedirectRefused } from './platform-http.errors.js';
import { joinRepeated, REDIRECTS } from './reception.js';
import { explainFailure, isConnectionCut } from './transport-failure.js';

export interface StreamBounds {
  /** Of a body as sent, which the agent enforces. */
  maxBytes: number;
  /** Between two pieces of the answer, whichever side is slow. */
  idleTimeoutMs: number;
  /** From the answer's first byte to its last. */
  timeoutMs: number;
  /** Whether answers with a redirect come back as they are. Else they are refused. */
  takesRedirects: boolean;
}

/**
 * One request, and its answer while it comes: the bytes as they are sent, read no faster than they are taken. Destroying the
 * body ends the connection. A body that fails, or is not taken for too long, is destroyed with the reason.
 */
export function streamedExchangeOver(agent: Agent, bounds: StreamBounds): Exchange<Readable> {
  return async (url, request) => {
    try {
      const { statusCode: status, statusText, headers: raw, body } = await receive(agent, url, request);
      const headers = joinRepeated(raw);
      if (REDIRECTS.has(status) && !bounds.takesRedirects) {
        body.on('error', () => undefined).destroy();
        throw new RedirectRefused(url, headers.location);
      }
      return { status, statusText, headers, body: bounded(body, url, bounds, request.signal) };
    } catch (error) {
      throw explainFailure(error, url, bounds.maxBytes);
    }
  };
}

/** As for a complete exchange: a GET whose connection was cut before any answer is sent once more. */
async function receive(agent: Agent, url: URL, request: ExchangeRequest): Promise<Dispatcher.ResponseData> {
  try {
    return await begin(agent, url, request);
  } catch (error) {
    if (request.method !== 'GET' || !isConnectionCut(error)) throw error;
    return begin(agent, url, request);
  }
}

function begin(agent: Agent, url: URL, request: ExchangeRequest): Promise<Dispatcher.ResponseData> {
  const { method, body = null, signal } = request;
  signal?.throwIfAborted();
  const headers = { ...request.headers };
  // Only what writes the form knows its boundary.
  if (body instanceof FormData) delete headers['content-type'];
  return agent.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method: method,
    headers,
    body,
    ...(signal !== undefined && { signal }),
  });
}

function bounded(
  body: Readable,
  url: URL,
  { maxBytes, idleTimeoutMs, timeoutMs }: StreamBounds,
  signal: AbortSignal | undefined,
): Readable {
  const passed = new Transform({
    transform(chunk, _encoding, done) {
      idle.refresh();
      done(null, chunk);
    },
  });
  const tooLate = (): void => void passed.destroy(new PlatformTimeout(url, 'exchange'));
  const idle = setTimeout(tooLate, idleTimeoutMs);
  const whole = setTimeout(tooLate, timeoutMs);
  // Who takes the body hears of it, at the next read too; with nobody listening it would end the process.
  passed.on('error', () => undefined);
  // Pipelines and servers add several each.
  passed.setMaxListeners(30);
  body.once('error', (error) => {
    const reason: unknown = signal?.aborted === true ? signal.reason : explainFailure(error, url, maxBytes);
    passed.destroy(reason as Error);
  });
  pipeline(body, passed, () => {
    clearTimeout(idle);
    clearTimeout(whole);
  });
  return passed;
}
