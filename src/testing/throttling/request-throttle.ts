import { type Clock } from '../../common/clock.js';
import { type Endpoint } from '../platform/endpoint.js';
import { throttledAnswer } from '../faults/fault-delivery.js';
import { type Answer, bearerToken, type PlatformRequest } from '../http/http-exchange.js';
import { type IssuedTokens } from '../tokens/issued-tokens.js';
import { LeakyBuckets, type ThrottlingQuirks } from './leaky-buckets.js';

/** A request that the throttle has accepted or refused. */
export interface ThrottledRequest {
  /** The answer when the bucket is full, instead of the end point's. */
  readonly refusal: Answer | undefined;
  /** Call it when the request is answered or its caller disconnects. @returns the headers for the answer */
  leave(): Readonly<Record<string, string>>;
}

/**
 * Refuses requests whose bucket is full, as Canvas' source does: one bucket for each client of LTI services and for each
 * token of a user; requests for tokens count by address.
 *
 * @example
 * if (lms.throttle !== undefined) lms.throttle.answersAs = '429';
 */
export class RequestThrottle {
  /** The answer of a full bucket: 403 with a line of text as in older versions of Canvas, or 429 as in newer ones. */
  answersAs: '403-text' | '429' = '403-text';
  /** How many requests were refused. */
  refused = 0;
  readonly #buckets: LeakyBuckets;
  readonly #issued: IssuedTokens;

  constructor(clock: Clock, quirks: ThrottlingQuirks, issued: IssuedTokens) {
    this.#buckets = new LeakyBuckets(clock, quirks);
    this.#issued = issued;
  }

  /**
   * The rest of the bucket of a client id, of a user's access token, or of an address.
   *
   * @example
   * const units = lms.throttle?.remaining(registration.clientId);
   */
  remaining(owner: string): number {
    return this.#buckets.remaining(owner);
  }

  /**
   * Adds units to the bucket of a client id, of a user's access token, or of an address.
   *
   * @example
   * lms.throttle?.fill(registration.clientId, 700);
   */
  fill(owner: string, units: number): void {
    this.#buckets.fill(owner, units);
  }

  /** For the platform: charges the bucket of a request that has arrived. */
  enter({ faultTarget }: Endpoint, request: PlatformRequest): ThrottledRequest {
    const owner = this.#ownerOf(request);
    const isTaken = this.#buckets.takes(owner);
    if (!isTaken) this.refused += 1;
    const isToken = faultTarget === 'token' || faultTarget === 'user-token';
    const kind = isTaken ? (isToken ? 'token' : 'other') : 'refused';
    let isIn = true;
    return {
      refusal: isTaken ? undefined : throttledAnswer(this.answersAs),
      leave: () => {
        const cost = isIn ? this.#buckets.answered(owner, kind) : 0;
        isIn = false;
        const remaining = { 'x-rate-limit-remaining': this.remaining(owner).toFixed(1) };
        return isTaken ? { 'x-request-cost': cost.toFixed(1), ...remaining } : remaining;
      },
    };
  }

  #ownerOf({ headers, address }: PlatformRequest): string {
    const token = bearerToken(headers);
    if (token === undefined) return address;
    return this.#issued.find(token)?.clientId ?? token;
  }
}
