import { type ExecutionContext, Logger } from '@nestjs/common';
import { databaseUnavailable, isDatabaseOutage } from './database-outage.js';
import { type HttpReply, setHeaders } from './http-reply.js';
import { LtiError } from './lti-error.js';

const logger = new Logger('nest-lti');
const loggedOutages = new WeakSet<LtiError>();

/** Whether the error is an outage that `foreseen` has logged with its reason. */
export function isLoggedOutage(error: LtiError): boolean {
  return loggedOutages.has(error);
}

/** The error that the client gets instead of this one, or this one. An outage is logged. */
export function foreseen(error: unknown): unknown {
  if (error instanceof LtiError || !isDatabaseOutage(error)) return error;
  logger.warn(`The database is not available: ${error.message}`);
  const outage = databaseUnavailable(error);
  loggedOutages.add(outage);
  return outage;
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
