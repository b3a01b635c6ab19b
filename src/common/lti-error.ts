import { HttpException, type HttpExceptionOptions, HttpStatus } from '@nestjs/common';

/** The JSON form of an error: RFC 9457 problem details with a stable `code`. */
export interface ProblemDetails {
  /** `urn:nest-lti:problem:` and the code. */
  type: string;
  /** The name of the status, such as `Not found`. */
  title: string;
  /** The HTTP status. */
  status: number;
  /** The event, and the action that helps. */
  detail: string;
  /** Stable, for programs. */
  code: string;
  /** Members of the error, such as `errors`, `retryAt` or `specRef`. */
  [extension: string]: unknown;
}

/** @returns the problem without extensions; `title` is the name of the status */
export function problemOf(status: number, code: string, detail: string): ProblemDetails {
  const name = HttpStatus[status] ?? 'ERROR';
  const title = name.charAt(0) + name.slice(1).toLowerCase().replaceAll('_', ' ');
  return { type: `urn:nest-lti:problem:${code}`, title, status, detail, code };
}

interface HttpAnswer {
  getStatus(): number;
  getResponse(): string | object;
}

// Nest's class keeps `status` and `response` to itself and reads them by its getters alone; ours has a public `status`.
const NestHttpException = HttpException as unknown as new (
  message: string,
  status: number,
  options?: HttpExceptionOptions,
) => Error & HttpAnswer;

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
  /** `WWW-Authenticate` of our own answer, RFC 6750 3. */
  challenge?: string;
  /** Further members of the problem details. */
  details?: Record<string, unknown>;
  /** The error behind it, for logs. It is not part of any answer. */
  cause?: unknown;
}

/**
 * The root of every error that nest-lti throws on purpose.
 *
 * `code` is stable and meant for programs; `message` says what happened and what to do about it, and never holds a secret.
 *
 * It is an `HttpException` of Nest, so a host's own controllers answer with its problem details (RFC 9457), and a filter of the
 * host's finds them in `getResponse()`. Nest logs no stack for it.
 *
 * @example
 * if (error instanceof LtiError && error.code === 'launch_session_expired') return '/open-it-again';
 */
export abstract class LtiError extends NestHttpException {
  /** Stable, for programs. */
  readonly code: string;
  /** The HTTP status that our own REST API answers with. A field, not a getter: Nest's class has one of this name. */
  readonly status: number;
  /** The rule that was broken, such as `SEC 5.1.3` or `RFC 6749 5.2`. */
  readonly specRef?: string;
  /** `WWW-Authenticate` of the REST API's answer, RFC 6750 3. */
  readonly challenge?: string;
  /** When asking again may succeed. A job that meets this is delayed, not failed. */
  readonly retryAt?: Date;
  readonly #details: Record<string, unknown>;

  constructor(fields: ErrorFields & { status: number }) {
    super(fields.message, 500, 'cause' in fields ? { cause: fields.cause } : undefined);
    this.name = new.target.name;
    this.code = fields.code;
    this.status = fields.status;
    if (fields.specRef !== undefined) this.specRef = fields.specRef;
    if (fields.challenge !== undefined) this.challenge = fields.challenge;
    if (fields.retryAt !== undefined) this.retryAt = fields.retryAt;
    this.#details = fields.details ?? {};
    // The message once more, which logs would show.
    Reflect.deleteProperty(this, 'response');
    Reflect.deleteProperty(this, 'options');
  }

  /**
   * Further members of the problem details, beside code and message.
   *
   * @example
   * if (error instanceof LtiError) console.error(error.code, error.details());
   */
  details(): Record<string, unknown> {
    return this.#details;
  }

  /** For Nest: the same as `status`. */
  override getStatus(): number {
    return this.status;
  }

  /** For Nest: the body of the answer, which is problem details (RFC 9457). */
  override getResponse(): ProblemDetails {
    return {
      ...this.details(),
      ...(this.specRef !== undefined && { specRef: this.specRef }),
      ...(this.retryAt !== undefined && { retryAt: this.retryAt }),
      ...problemOf(this.status, this.code, this.message),
    };
  }
}
