import { once } from 'node:events';
import { type ServerResponse } from 'node:http';
import { type Clock } from '../../common/clock.js';
import { type Endpoint } from '../platform/endpoint.js';
import { type Fault } from './fault.schema.js';
import { faultOf } from './faults.js';
import { type Answer, bearerToken, htmlAnswer, type PlatformRequest } from '../http/http-exchange.js';

const mebibyte = Buffer.alloc(1024 * 1024, ' ');

/** Waits as long as the faults want it at this moment. Rejects when the request is aborted meanwhile. */
export async function delay(
  faults: readonly Fault[],
  moment: 'before-processing' | 'after-processing',
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const { ms, when = 'before-processing' } = faultOf(faults, 'latency') ?? {};
  if (ms !== undefined && when === moment) await clock.sleep(ms, signal);
}

/** Who can end the life of an access token, whosoever it is. */
interface AccessTokenEnder {
  expireAccessToken(accessToken: string): void;
}

/** The answer of a fault that keeps the request from the endpoint; undefined when there is none. */
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

/** Sends the answer, or as much of it as the faults leave. */
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
  // Headers go out as Latin-1, which is what a broken Link header needs.
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

/** What a request gets that is one too many. */
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
  // An empty body has no middle: one byte is promised that never comes.
  if (faultOf(faults, 'cut') !== undefined) return Math.max(1, body.length);
  return faultOf(faults, 'broken-json') === undefined ? body.length : half(body).length;
}

function half(body: Buffer): Buffer {
  return body.subarray(0, Math.floor(body.length / 2));
}

// White space before a JSON text is no fault of the JSON, so only a bound on the size can refuse it.
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
  // The listeners of the one that lost would pile up.
  settled.abort();
}
