import { type Fault } from '../faults/fault.schema.js';
import { type Answer, type PlatformRequest } from '../http/http-exchange.js';

/** A service of the platform that tools call: what the server needs to know to route, count and disturb its requests. */
export interface Endpoint {
  /** What a fault's `on` has to say to meet this endpoint. */
  readonly faultTarget:
    'token' | 'memberships' | 'lineitems' | 'scores' | 'results' | 'jwks' | 'user-token' | 'user-api';
  matches(path: string, request: PlatformRequest): boolean;
  countRequest(request: PlatformRequest): void;
  /** Told of a request when it has been read. @returns to be called when its answer begins, or when nobody waits for one any more. */
  enter?(request: PlatformRequest): () => void;
  /** The context id in the path, where the service belongs to a course. */
  courseOf(path: string): string | undefined;
  /** Answers, shaped by those of `faults` that concern what the answer says. */
  answer(request: PlatformRequest, faults: readonly Fault[]): Answer | Promise<Answer>;
  /** What a caller gets whom a fault turns away. */
  unauthorized(request: PlatformRequest): Answer;
}
