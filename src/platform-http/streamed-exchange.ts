import { pipeline, type Readable, Transform } from 'node:stream';
import { type Agent, type Dispatcher, FormData } from 'undici';
import { type Exchange, type ExchangeRequest, joinRepeated, REDIRECTS } from './exchange.js';
import { platformHttpErrors, PlatformTimeout } from './platform-http.errors.js';
import { explainFailure, isConnectionCut } from './transport-failure.js';

export interface StreamBounds {
  /** The most bytes of a body as sent. The agent enforces it. */
  maxBytes: number;
  /** Between two pieces of the answer, whichever side is slow. */
  idleTimeoutMs: number;
  /** From the answer's first byte to its last. */
  timeoutMs: number;
  /** Whether redirects are returned as answers. Otherwise they are errors. */
  takesRedirects: boolean;
}

/**
 * One request with a streamed answer: the bytes as they are sent, with backpressure. Destroying the body closes the
 * connection. A body that fails, or is not read in time, is destroyed with the reason.
 */
export function streamedExchangeOver(agent: Agent, bounds: StreamBounds): Exchange<Readable> {
  return async (url, request) => {
    try {
      const { statusCode: status, statusText, headers: raw, body } = await receive(agent, url, request);
      const headers = joinRepeated(raw);
      if (REDIRECTS.has(status) && !bounds.takesRedirects) {
        body.on('error', () => undefined).destroy();
        throw platformHttpErrors.redirectRefused(url, headers.location);
      }
      return { status, statusText, headers, body: bounded(body, url, bounds, request.signal) };
    } catch (error) {
      throw explainFailure(error, url, bounds.maxBytes);
    }
  };
}

/** As in a complete exchange, a GET is sent again if its connection was closed before any answer. */
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
  // The client that writes the form chooses its boundary.
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
  // The reader of the body gets the error, also at a later read. Without a listener it would end the process.
  passed.on('error', () => undefined);
  // Pipelines and servers add several listeners each.
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
