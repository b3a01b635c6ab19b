import { type Agent, type FormData, type Dispatcher } from 'undici';
import { readBody } from './response-body.js';
import { explainFailure, isConnectionCut } from './transport-failure.js';
import { platformHttpErrors, PlatformTimeout } from './platform-http.errors.js';

export interface ExchangeRequest {
  /** In capitals. */
  method: string;
  /** Lower-case names. */
  headers: Record<string, string>;
  /** A form is possible only if the answer is streamed. */
  body: string | FormData | undefined;
  /** From the request's start to the answer's end. A streamed answer has its own time-outs. */
  timeoutMs: number;
  /** Of a body, as sent and as unpacked. Undefined: the bound of all answers. A streamed answer has its own. */
  maxResponseBytes?: number | undefined;
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
 * One request and its answer, with any status but a redirect. Rejects at once when the signal aborts. A GET whose
 * connection is reset before any answer is sent again: servers close idle connections while a request is in flight. A
 * request that may change something is never sent twice.
 *
 * @throws PlatformUnreachable, PlatformTimeout, {PlatformAnswerInvalid} `platform_response_too_large`, `platform_redirect_refused`
 */
export type Exchange<Body = string> = (url: URL, request: ExchangeRequest) => Promise<ExchangeAnswer<Body>>;

/** @param maxResponseBytes of a decoded body; the agent bounds it as it is sent */
export function exchangeOver(agent: Agent, maxResponseBytes: number): Exchange {
  return async (url, request) => {
    const maxBytes = Math.min(request.maxResponseBytes ?? maxResponseBytes, maxResponseBytes);
    try {
      const { status, statusText, headers, chunks } = await receive(agent, url, request);
      // Most answers to scores have no body. They may still name an encoding.
      if (chunks.length === 0) return { status, statusText, headers, body: '' };
      const text = await readBody(chunks, headers['content-encoding'], maxBytes);
      // These headers describe the encoded bytes. A proxy that sent them with the decoded text would send a broken answer.
      delete headers['content-encoding'];
      delete headers['content-length'];
      return { status, statusText, headers, body: text };
    } catch (error) {
      throw explainFailure(error, url, maxBytes);
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

type Controller = Dispatcher.DispatchController;
type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>;

export interface ReceptionBounds {
  /** The time-out of the whole exchange. The agent has those of its parts. */
  timeoutMs: number;
  /** Of the body as sent, if it is smaller than the bound of the agent. */
  maxResponseBytes?: number | undefined;
  signal: AbortSignal | undefined;
}

export const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Receives one answer by undici's callbacks. Its `request()` would create a stream for each answer and need an emitter to
 * abort it, which takes 44 us in addition to the 63 us of the exchange (measured).
 */
export class Reception implements Dispatcher.DispatchHandler {
  status = 0;
  statusText = '';
  /** Lower-case names; repeated headers joined with `, `. */
  headers: Record<string, string> = {};
  /** The body as it was sent: not decoded. */
  readonly chunks: Buffer[] = [];
  private readonly timer: NodeJS.Timeout;
  private controller: Controller | undefined;
  private hasGivenUp = false;
  private bytes = 0;

  constructor(
    private readonly url: URL,
    private readonly bounds: ReceptionBounds,
    private readonly resolve: (reception: Reception) => void,
    private readonly reject: (reason: unknown) => void,
  ) {
    this.timer = setTimeout(() => this.giveUp(new PlatformTimeout(url, 'exchange')), bounds.timeoutMs);
    bounds.signal?.addEventListener('abort', this.onAbort, { once: true });
  }

  /** Whether the answer has begun. */
  get hasAnswer(): boolean {
    return this.status !== 0;
  }

  onRequestStart(controller: Controller): void {
    this.controller = controller;
    // The request may have waited too long for a connection.
    if (this.hasGivenUp) this.cut();
  }

  onResponseStart(_controller: Controller, status: number, headers: AnswerHeaders, statusText = ''): void {
    // The last one counts: RFC 9110 15.2.
    this.status = status;
    this.statusText = statusText;
    this.headers = joinRepeated(headers);
    // The rest of this body is not read, and it may be endless.
    if (REDIRECTS.has(status))
      this.giveUp(platformHttpErrors.redirectRefused(this.url, this.headers.location));
  }

  onResponseData(_controller: Controller, chunk: Buffer): void {
    if (this.hasGivenUp) return;
    this.chunks.push(chunk);
    const { maxResponseBytes } = this.bounds;
    this.bytes += chunk.length;
    if (maxResponseBytes !== undefined && this.bytes > maxResponseBytes)
      this.giveUp(platformHttpErrors.tooLarge(this.url, maxResponseBytes));
  }

  onResponseEnd(): void {
    this.release();
    this.resolve(this);
  }

  onResponseError(_controller: Controller, error: Error): void {
    this.release();
    this.reject(error);
  }

  private readonly onAbort = (): void => this.giveUp(this.bounds.signal?.reason);

  private giveUp(reason: unknown): void {
    this.hasGivenUp = true;
    this.release();
    this.reject(reason);
    this.cut();
  }

  /** Ends the connection, if there is one yet. */
  private cut(): void {
    this.controller?.abort(new Error('The answer is not wanted any more.'));
  }

  private release(): void {
    clearTimeout(this.timer);
    this.bounds.signal?.removeEventListener('abort', this.onAbort);
  }
}

/** Repeated headers joined with `, `. */
export function joinRepeated(headers: AnswerHeaders): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    joined[name] = Array.isArray(value) ? value.join(', ') : (value ?? '');
  }
  return joined;
}

/** The body of Canvas' refusal is one short line. A longer document that quotes it is not a refusal. */
const LONGEST_REFUSAL = 4096;

/** Whether the platform did not process the request because of throttling or overload. */
export function isThrottlingAnswer({ status, body }: { status: number; body: string }): boolean {
  if (status === 429 || status === 503) return true;
  return status === 403 && body.length <= LONGEST_REFUSAL && /rate limit exceeded/i.test(body);
}
