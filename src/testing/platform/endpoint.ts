import { type Fault } from '../faults/fault.schema.js';
import { type Answer, type PlatformRequest } from '../http/http-exchange.js';

/** A service of the platform that tools call. The server routes and counts its requests and applies faults to them. */
export interface Endpoint {
  /** The `on` of the faults that apply to this end point. */
  readonly faultTarget:
    | 'token'
    | 'memberships'
    | 'groups'
    | 'lineitems'
    | 'scores'
    | 'results'
    | 'jwks'
    | 'user-token'
    | 'user-api';
  matches(path: string, request: PlatformRequest): boolean;
  countRequest(request: PlatformRequest): void;
  /** Called when a request was read. @returns a function to call when its answer begins or its caller disconnects */
  enter?(request: PlatformRequest): () => void;
  /** The context id in the path, if the service belongs to a course. */
  courseOf(path: string): string | undefined;
  /** Answers. `faults` are those that change the content of the answer. */
  answer(request: PlatformRequest, faults: readonly Fault[]): Answer | Promise<Answer>;
  /** The answer to a caller that a fault refuses. */
  unauthorized(request: PlatformRequest): Answer;
}
