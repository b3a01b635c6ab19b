import { LtiError } from '../../common/lti-error.js';

/** The token store did not answer, or not in time. Tokens are asked for without it meanwhile. */
export class TokenStoreUnavailable extends LtiError {
  readonly code = 'token_store_unavailable';
  readonly status = 503;

  /** @param reason in words fit for a log: no URL, no password */
  constructor(reason: string, options?: ErrorOptions) {
    super(`The token store is not available (${reason}).`, options);
  }
}

const ERROR_CODE = /^[A-Z][A-Z0-9_]{1,40}$/;

/** Whatever a store rejects with is an outage. Of other people's words nothing is told: they may hold a URL with its password. */
export function unavailableBy(cause: unknown): TokenStoreUnavailable {
  if (cause instanceof TokenStoreUnavailable) return cause;
  if (!(cause instanceof Error)) return new TokenStoreUnavailable('for an unknown reason', { cause });
  const { name, code } = cause as NodeJS.ErrnoException;
  const isCode = typeof code === 'string' && ERROR_CODE.test(code);
  return new TokenStoreUnavailable(isCode ? `${name} ${code}` : name, { cause });
}

export class TokenNotFound extends LtiError {
  readonly code = 'token_not_found';
  readonly status = 404;

  constructor(id: string) {
    super(`There is no stored token ${id}: it may have been renewed under other settings, or forgotten.`);
  }
}
