import { type Agent } from 'undici';
import { Reception } from './reception.js';
import { readBody } from './response-body.js';
import { explainFailure } from './transport-failure.js';

export interface ExchangeRequest {
  /** In capitals. */
  method: string;
  /** Lower-case names. */
  headers: Record<string, string>;
  body: string | undefined;
  /** From the request's start to the answer's end. */
  timeoutMs: number;
  signal: AbortSignal | undefined;
}

export interface ExchangeAnswer {
  status: number;
  statusText: string;
  /** Lower-case names; repeated headers joined with `, `. */
  headers: Record<string, string>;
  body: string;
}

/**
 * One request and its answer, whatever its status but for redirects. Rejects at once when the signal aborts.
 *
 * @throws PlatformUnreachable, PlatformTimeout, ResponseTooLarge, RedirectRefused
 */
export type Exchange = (url: URL, request: ExchangeRequest) => Promise<ExchangeAnswer>;

/** @param maxResponseBytes of a body as unpacked; as sent it is bounded by the agent */
export function exchangeOver(agent: Agent, maxResponseBytes: number): Exchange {
  return async (url, request) => {
    const { method, headers, body = null, signal } = request;
    try {
      signal?.throwIfAborted();
      const received = await new Promise<Reception>((resolve, reject) => {
        const reception = new Reception(url, request, resolve, reject);
        const path = url.pathname + url.search;
        agent.dispatch({ origin: url.origin, path, method, headers, body }, reception);
      });
      const { status, statusText, headers: answered, chunks } = received;
      const encoding = answered['content-encoding'];
      // As of most scores. An answer without a body may still name an encoding.
      const text = chunks.length === 0 ? '' : await readBody(chunks, encoding, maxResponseBytes);
      return { status, statusText, headers: answered, body: text };
    } catch (error) {
      throw explainFailure(error, url, maxResponseBytes);
    }
  };
}
