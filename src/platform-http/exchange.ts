import { type Agent, type FormData } from 'undici';
import { Reception } from './reception.js';
import { readBody } from './response-body.js';
import { explainFailure, isConnectionCut } from './transport-failure.js';

export interface ExchangeRequest {
  /** In capitals. */
  method: string;
  /** Lower-case names. */
  headers: Record<string, string>;
  /** A form is possible only if the answer is streamed. */
  body: string | FormData | undefined;
  /** From the request's start to the answer's end. A streamed answer has its own time-outs. */
  timeoutMs: number;
  signal: AbortSignal | undefined;
}

export interface ExchangeAnswer<Body = string> {
  status: number;
  statusText: string;
  /** Lower-case names; repeated headers joined with `, `. */
  headers: Record<string, string>;
  body: Body;
}

/**
 * One request and its answer, whatever its status but for redirects. Rejects at once when the signal aborts. A GET whose
 * connection is reset before any answer is sent once more: servers close idle connections while a request is on its way. A
 * request that may change something is never sent twice.
 *
 * @throws PlatformUnreachable, PlatformTimeout, {PlatformAnswerInvalid} `platform_response_too_large`, `platform_redirect_refused`
 */
export type Exchange<Body = string> = (url: URL, request: ExchangeRequest) => Promise<ExchangeAnswer<Body>>;

/** @param maxResponseBytes of a body as unpacked; as sent it is bounded by the agent */
export function exchangeOver(agent: Agent, maxResponseBytes: number): Exchange {
  return async (url, request) => {
    try {
      const { status, statusText, headers, chunks } = await receive(agent, url, request);
      // As of most scores. An answer without a body may still name an encoding.
      if (chunks.length === 0) return { status, statusText, headers, body: '' };
      const text = await readBody(chunks, headers['content-encoding'], maxResponseBytes);
      // These headers describe the encoded bytes. A proxy that sent them with the decoded text would send a broken answer.
      delete headers['content-encoding'];
      delete headers['content-length'];
      return { status, statusText, headers, body: text };
    } catch (error) {
      throw explainFailure(error, url, maxResponseBytes);
    }
  };
}

async function receive(agent: Agent, url: URL, request: ExchangeRequest): Promise<Reception> {
  const first = begin(agent, url, request);
  try {
    return await first.answer;
  } catch (error) {
    if (request.method !== 'GET' || first.reception.hasAnswer || !isConnectionCut(error)) throw error;
  }
  return begin(agent, url, request).answer;
}

function begin(agent: Agent, url: URL, request: ExchangeRequest) {
  const { method, headers, body = null, signal } = request;
  signal?.throwIfAborted();
  let reception!: Reception;
  const answer = new Promise<Reception>((resolve, reject) => {
    reception = new Reception(url, request, resolve, reject);
    const path = url.pathname + url.search;
    agent.dispatch({ origin: url.origin, path, method, headers, body }, reception);
  });
  return { reception, answer };
}
