/** The JSON form of an error: RFC 9457 problem details with our stable `code`. */
export interface ProblemDetails {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  [extension: string]: unknown;
}

/**
 * The root of every error that nest-lti throws on purpose.
 *
 * `code` is stable and meant for programs; `message` says what happened and what to do about it, and never holds a secret.
 */
export abstract class LtiError extends Error {
  abstract readonly code: string;
  /** The HTTP status that our own REST API answers with. */
  abstract readonly status: number;
  /** The rule that was broken, such as `SEC 5.1.3` or `RFC 6749 5.2`. */
  readonly specRef?: string;
  /** `WWW-Authenticate` of our own answer, RFC 6750 3. */
  readonly challenge?: string;
  /** When asking again may succeed. A job that meets this is delayed, not failed. */
  readonly retryAt?: Date | undefined;

  // With `statusCode` what Nest's own exception filter goes by where it is no HttpException (the shape of http-errors): so
  // that our guards answer rightly on a host's controllers, too.
  readonly expose = true;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }

  get statusCode(): number {
    return this.status;
  }

  /** What the client of our REST API is told beside code and message. */
  details(): Record<string, unknown> {
    return {};
  }
}
