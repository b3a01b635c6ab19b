import { type Readable } from 'node:stream';
import { type FormData } from 'undici';
import { type PlatformService } from '../metrics/platform-metrics.js';
import { type Urgency } from '../rate-limits/rate-limiter.js';

/** One HTTP request to a platform. Its URL is checked before it is called: see `UnsafeUrl`. */
export interface PlatformRequest {
  /** Redirects are not followed, whatever the method. */
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute, `https`, on the public internet unless the configuration allows the host. */
  url: string;
  /** Names in any case. */
  headers?: Record<string, string>;
  /** Sent as UTF-8. Default `content-type` of POST, PUT and PATCH: `application/x-www-form-urlencoded`. */
  body?: string;
  /** One exchange, without waiting for a slot or a pause. Default: the options' `timeoutMs`, 60 s. */
  timeoutMs?: number;
  /** The most bytes of the answer, as sent and as unpacked: reading stops there. Default, and the most: the options' bound, 32 MiB. */
  maxResponseBytes?: number;
  /** Total time that the request may wait while the platform throttles. Default: 30 s; 0: never wait. */
  maxThrottleWaitMs?: number;
  /** Aborts the wait and the request; the call rejects with the signal's reason. */
  signal?: AbortSignal;
  /** `urgent` does not queue behind the usual requests to the platform. Default: `usual`. */
  urgency?: Urgency;
  /**
   * The request does not wait for cooldowns and slots, and is not counted: for public documents that users wait for,
   * such as key sets. Answers that say "too many" are returned unchanged. Default: false.
   */
  outsideLimits?: boolean;
  /**
   * The platform counts this request by its token: a 429, or a 403 "Rate Limit Exceeded", is returned unchanged, and other
   * requests to the platform are not delayed. A 503 pauses the platform as always. Default: false.
   */
  isCountedByToken?: boolean;
  /** For metrics and spans. Default: `other`. */
  service?: PlatformService;
  /** For metrics: the family of the platform, if the caller knows it. Default: `unknown`. */
  family?: string;
  /** For the statistics of the registration. Default: not counted there. */
  registrationId?: string;
}

/** The complete answer of a platform. Any status is an answer, not an error. */
export interface PlatformResponse {
  /** Any HTTP status but a redirect, which is an error. */
  status: number;
  /**
   * Lower-case names; repeated headers joined with `, `. Bytes beyond ASCII are read as latin1. `content-encoding` and
   * `content-length` are left out where there is a body: it is decoded.
   */
  headers: Record<string, string>;
  /** The decoded text; empty without a body. A body above the bound is an error. */
  body: string;
  /** The URL that was called, normalised. */
  url: string;
  /** When the answer was complete, by the clock of this process. */
  receivedAt: Date;
}

/** A request whose answer is streamed. Each step has its own time-out, because files may be large. */
export interface PlatformStreamRequest extends Omit<
  PlatformRequest,
  'body' | 'timeoutMs' | 'maxResponseBytes' | 'urgency' | 'outsideLimits'
> {
  /** A form is sent only once, because its contents can be read only once. */
  body?: string | FormData;
  /** Whether a redirect is returned as an answer. Redirects are never followed. Default: a redirect is an error. */
  takesRedirects?: boolean;
}

/** The answer of a platform whose body is read while it arrives. */
export interface PlatformStream extends Omit<PlatformResponse, 'headers' | 'body' | 'receivedAt'> {
  /** Lower-case names; repeated headers joined with `, `. Bytes beyond ASCII are read as latin1. */
  headers: Record<string, string>;
  /**
   * The bytes as the platform sends them. The caller reads them to the end or destroys the stream: until then it uses one of the
   * platform's slots. If nothing is read for `bodyTimeoutMs`, the stream is destroyed.
   */
  body: Readable;
  /** When the answer began, by the clock of this process. */
  receivedAt: Date;
}
