import { LtiError } from './lti-error.js';

/** One entry of a feature's table of errors, which is in its `.errors.ts`. */
export interface ErrorFields {
  /** Stable, for programs. */
  code: string;
  /** The event, and the action that helps. It never holds a secret. */
  message: string;
  /** The HTTP status of our own REST API. Each class has a default. */
  status?: number;
  /** The rule that was broken, such as `SEC 5.1.3` or `RFC 6749 5.2`. */
  specRef?: string | undefined;
  /** The time from which a retry may succeed. */
  retryAt?: Date | undefined;
  /** Further members of the problem details. */
  details?: Record<string, unknown>;
  cause?: unknown;
}

abstract class CodedError extends LtiError {
  override readonly code: string;
  override readonly status: number;
  declare readonly specRef?: string;
  declare readonly retryAt?: Date | undefined;
  readonly #details: Record<string, unknown>;

  constructor(fields: ErrorFields & { status: number }) {
    super(fields.message, 'cause' in fields ? { cause: fields.cause } : undefined);
    this.code = fields.code;
    this.status = fields.status;
    if (fields.specRef !== undefined) this.specRef = fields.specRef;
    if (fields.retryAt !== undefined) this.retryAt = fields.retryAt;
    this.#details = fields.details ?? {};
  }

  override details(): Record<string, unknown> {
    return this.#details;
  }
}

// One class for each reaction of a caller. The codes of a feature are in its own `.errors.ts`. A class of its own has only an
// error that callers treat differently or that carries data for them.

/** The record is not there: it was never created, or it was deleted. */
export class NotFound extends CodedError {
  constructor(fields: ErrorFields) {
    super({ status: 404, ...fields });
  }
}

/** The request does not fit the state of the record: it exists already, is in use, or was settled. Read it, then decide. */
export class Conflict extends CodedError {
  constructor(fields: ErrorFields) {
    super({ status: 409, ...fields });
  }
}

/** The caller did not prove that it may do this: an API key or a session is missing, wrong or too weak. */
export class AccessDenied extends CodedError {
  constructor(fields: ErrorFields) {
    super({ status: 403, ...fields });
  }
}

/** Something that this tool needs does not work now. Retry, after `retryAt` if that is set. */
export class Unavailable extends CodedError {
  constructor(fields: ErrorFields) {
    super({ status: 503, ...fields });
  }
}

/** The platform refused the call. A retry does not help before its administrator or the operator has acted. */
export class PlatformRefused extends CodedError {
  constructor(fields: ErrorFields) {
    super({ status: 502, ...fields });
  }
}

/** The platform answered with success, but the answer cannot be used. Its URL or its administrator is to be checked. */
export class PlatformAnswerInvalid extends CodedError {
  constructor(fields: ErrorFields) {
    super({ status: 502, ...fields });
  }
}
