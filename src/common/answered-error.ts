import { type ExecutionContext, Logger } from '@nestjs/common';
import { isDatabaseOutage } from './database-outage.js';
import { type HttpReply, setHeaders } from './http-reply.js';
import { LtiError } from './lti-error.js';
import { Unavailable } from './reactions.errors.js';

/** A request needs the database, and that is down. It was logged with its reason. */
export class DatabaseOutage extends Unavailable {
  constructor(cause: Error) {
    const message = 'The database cannot be reached. Try again later.';
    super({ code: 'database_unavailable', message, cause });
  }
}

const logger = new Logger('nest-lti');

/** The error that the client gets instead of this one, or this one. An outage is logged. */
export function foreseen(error: unknown): unknown {
  if (error instanceof LtiError || !isDatabaseOutage(error)) return error;
  logger.warn(`The database is down: ${error.message}`);
  return new DatabaseOutage(error);
}

export function setErrorHeaders(reply: HttpReply, { retryAt, challenge }: LtiError): void {
  setHeaders(reply, {
    ...(retryAt !== undefined && { 'Retry-After': retryAt.toUTCString() }),
    ...(challenge !== undefined && { 'WWW-Authenticate': challenge }),
  });
}

/** Sends a guard's refusal in the same form on our controllers and on the host's, whose filters do not know its headers. */
export async function refusing<T>(context: ExecutionContext, decide: () => Promise<T>): Promise<T> {
  try {
    return await decide();
  } catch (thrown) {
    const error = foreseen(thrown);
    if (error instanceof LtiError) setErrorHeaders(context.switchToHttp().getResponse<HttpReply>(), error);
    throw error;
  }
}
