import { LtiError } from '../common/lti-error.js';
import {
  platformHttpErrors,
  PlatformTimeout,
  PlatformUnreachable,
  type TimeoutPhase,
  type UnreachableReason,
} from './platform-http.errors.js';
import { UnknownEncoding } from './response-body.js';

const TIMEOUTS: Readonly<Record<string, TimeoutPhase>> = {
  UND_ERR_CONNECT_TIMEOUT: 'connect',
  ETIMEDOUT: 'connect',
  UND_ERR_HEADERS_TIMEOUT: 'headers',
  UND_ERR_BODY_TIMEOUT: 'body',
};
const TOO_LARGE: ReadonlySet<string> = new Set(['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'ERR_BUFFER_TOO_LARGE']);
const REASONS: readonly [RegExp, UnreachableReason][] = [
  [/^(?:ENOTFOUND|EAI_)/, 'name_not_found'],
  [/^ECONNREFUSED$/, 'connection_refused'],
  [/CERT|^(?:UNABLE_TO_|CRL_|HOSTNAME_MISMATCH$)/, 'certificate'],
  [/^(?:ERR_TLS_|ERR_SSL_|EPROTO$)/, 'tls'],
  [/^(?:ECONNRESET|EPIPE|UND_ERR_SOCKET|UND_ERR_RES_CONTENT_LENGTH_MISMATCH)$/, 'connection_cut'],
  // Brotli's codes lack a part of their names: ERR__ERROR_FORMAT_...
  [/^(?:Z_|ERR__|ERR_BROTLI|UND_ERR_HEADERS_OVERFLOW$)/, 'broken_answer'],
];

/** Whether an established connection was lost. False for a failed connect and for a time-out. */
export function isConnectionCut(error: unknown): boolean {
  return reasonOf(stringProperty(error, 'code') ?? '') === 'connection_cut';
}

/** Translates a transport error. An invalid argument of the request stays as it is, because it is a bug of the caller. */
export function explainFailure(error: unknown, url: URL, maxBytes: number): unknown {
  if (error instanceof LtiError) return error;
  const code = stringProperty(error, 'code') ?? '';
  if (code === 'UND_ERR_INVALID_ARG') return error;
  if (stringProperty(error, 'name') === 'HTTPParserError') {
    // Its `data` is a piece of the answer, which may hold a token; and it may have no code.
    const cause = new Error(stringProperty(error, 'message'));
    return new PlatformUnreachable(url, 'broken_answer', code, { cause });
  }
  const options = { cause: error };
  if (error instanceof UnknownEncoding) return new PlatformUnreachable(url, 'broken_answer', '', options);
  const phase = TIMEOUTS[code];
  if (phase !== undefined) return new PlatformTimeout(url, phase, options);
  if (TOO_LARGE.has(code)) return platformHttpErrors.tooLarge(url, maxBytes, options);
  return new PlatformUnreachable(url, reasonOf(code), code, options);
}

function reasonOf(code: string): UnreachableReason {
  return REASONS.find(([pattern]) => pattern.test(code))?.[1] ?? 'other';
}

/** By name rather than by class: errors of the system and of undici come from other realms, and in several copies. */
function stringProperty(error: unknown, name: string): string | undefined {
  const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
  return typeof value === 'string' ? value : undefined;
}
