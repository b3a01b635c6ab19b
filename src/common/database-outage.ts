import { isNativeError } from 'node:util/types';

/** https://www.postgresql.org/docs/current/errcodes-appendix.html: the connection, the database's name, no room, a server that stops or starts. */
const SERVER_CODE = /^(?:08\w{3}|3D000|53300|57P0[1-3])$/;
const SYSTEM_CODE =
  /^(?:ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;
/** pg gives these no code. */
const DRIVER_WORDS =
  /^(?:Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/** Whether our database was not there, as opposed to refusing a statement: asking again later may succeed. */
export function isDatabaseOutage(error: unknown): error is Error {
  if (!isNativeError(error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return SERVER_CODE.test(code) || SYSTEM_CODE.test(code) || DRIVER_WORDS.test(error.message);
}
