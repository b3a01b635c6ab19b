import { once } from 'node:events';
import { type ServerResponse } from 'node:http';
import { type Clock } from '../../common/clock.js';
import { type Endpoint } from '../platform/endpoint.js';
import { type Fault } from './fault.schema.js';
import { faultOf } from './faults.js';
import { type Answer, bearerToken, htmlAnswer, type PlatformRequest } from '../http/http-exchange.js';

const mebibyte = Buffer.alloc(1024 * 1024, ' ');

/** Waits for the delay of the faults at this stage. Rejects when the request is aborted. */
export async function delay(
  faults: readonly Fault[],
  moment: 'before-processing' | 'after-processing',
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const { ms, when = 'before-processing' } = faultOf(faults, 'latency') ?? {};
  if (ms !== undefined && when === moment) await clock.sleep(ms, signal);
}

/** Can expire an access token of a tool or of a user. */
interface AccessTokenEnder {
  expireAccessToken(accessToken: string): void;
}

/** The answer of a fault that replaces the one of the end point; undefined without such a fault. */
export function answerInstead(
  faults: readonly Fault[],
  endpoint: Endpoint,
  request: PlatformRequest,
  tokens: AccessTokenEnder,
): Answer | undefined {
  for (const fault of faults) {
    switch (fault.kind) {
      case 'unauthorized':
        if (fault.expireToken) tokens.expireAccessToken(bearerToken(request.headers) ?? '');
        return endpoint.unauthorized(request);
      case 'throttle':
        return throttledAnswer(fault.as, waitHeader(fault.retryAfter));
      case 'unavailable':
        return htmlAnswer(503, '503 Service Temporarily Unavailable', waitHeader(fault.retryAfter));
      case 'server-error':
        return htmlAnswer(fault.status, `${fault.status} Internal Server Error`);
      case 'html':
        return htmlAnswer(200, 'Log in to the site');
      case 'status':
        return { status: fault.status, headers: { 'content-type': fault.contentType }, body: fault.body };
      case 'redirect':
        return { status: 302, headers: { location: fault.to ?? '/' }, body: '' };
    }
  }
  return undefined;
}

/** Sends the answer, or the part of it that the faults leave. */
export async function deliver(
  answer: Answer,
  faults: readonly Fault[],
  response: ServerResponse,
): Promise<void> {
  const cut = faultOf(faults, 'cut');
  const hasBody = answer.status !== 204;
  if (cut?.when === 'before-headers') {
    response.destroy();
    return;
  }
  const body = Buffer.from(answer.body);
  const huge = faultOf(faults, 'huge');
  // Headers are sent as Latin-1, which a broken Link header needs.
  response.writeHead(answer.status, answer.statusText, {
    ...answer.headers,
    ...(huge === undefined && hasBody ? { 'content-length': lengthSent(body, faults) } : {}),
  });
  if (huge !== undefined) await pad(response, huge.mebibytes);
  if (cut !== undefined) {
    response.write(half(body), () => response.destroy());
    return;
  }
  response.end(faultOf(faults, 'broken-json') === undefined ? body : half(body));
}

/** The answer to a throttled request. */
export function throttledAnswer(as: '429' | '403-text', headers: Record<string, string> = {}): Answer {
  const isText = as === '403-text';
  return {
    status: isText ? 403 : 429,
    headers: {
      'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8',
      ...headers,
    },
    body: isText ? '403 Forbidden (Rate Limit Exceeded)\n' : '{"error":"rate_limited"}',
  };
}

function waitHeader(retryAfter: number | string | undefined): Record<string, string> {
  return retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
}

function lengthSent(body: Buffer, faults: readonly Fault[]): number {
  // An empty body has no middle, so one byte is announced and never sent.
  if (faultOf(faults, 'cut') !== undefined) return Math.max(1, body.length);
  return faultOf(faults, 'broken-json') === undefined ? body.length : half(body).length;
}

function half(body: Buffer): Buffer {
  return body.subarray(0, Math.floor(body.length / 2));
}

// White space before a JSON text is valid, so only a limit of the size can refuse it.
async function pad(response: ServerResponse, mebibytes: number): Promise<void> {
  for (let left = mebibytes; left > 0 && !response.destroyed; left -= 1) {
    const roomLeft = response.write(
      left >= 1 ? mebibyte : mebibyte.subarray(0, Math.floor(left * mebibyte.length)),
    );
    if (!roomLeft) await drainedOrClosed(response);
  }
}

async function drainedOrClosed(response: ServerResponse): Promise<void> {
  const settled = new AbortController();
  const { signal } = settled;
  await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })]);
  // The listeners of the promise that lost would accumulate.
  settled.abort();
}
