import { type ErrorFields, type LtiError } from '../common/lti-error.js';
import {
  AccessDenied,
  Conflict,
  InvalidRequest,
  NotFound,
  PlatformRefused,
  Unavailable,
} from '../common/reactions.errors.js';
import { type RenewalFailure } from './stores/token-store.js';

/**
 * The platform did not grant the scopes that the call needs. Thrown before the call. The platform's administrator can help.
 *
 * @example
 * if (error instanceof ScopeMismatch) return `Ask the administrator to allow ${error.required.join(', ')}.`;
 */
export class ScopeMismatch extends PlatformRefused {
  constructor(
    /** The scopes that the call needs. */
    readonly required: readonly string[],
    /** The scopes that the token has; empty if the platform refused them all. */
    readonly granted: readonly string[],
    options?: ErrorOptions,
  ) {
    const missing = required.filter((scope) => !granted.includes(scope));
    super({
      code: 'scope_mismatch',
      status: 403,
      message: `The platform did not grant ${missing.join(', ')}. Ask its administrator to enable that service for this tool.`,
      specRef: 'SEC 4.1',
      details: { required, granted },
      ...options,
    });
  }
}

/**
 * The platform refused the token request. The registration is wrong, not the network.
 *
 * @example
 * if (error instanceof TokenRequestRefused) console.error(error.platformError ?? error.message);
 */
export class TokenRequestRefused extends PlatformRefused {
  constructor(
    message: string,
    /** The platform's `error`, if its answer had one. */
    readonly platformError: string | undefined,
    retryAt?: Date,
    options?: ErrorOptions,
    /** The status of its answer; undefined for a remembered refusal. */
    readonly platformStatus?: number,
  ) {
    super({ code: 'token_request_refused', message, specRef: 'RFC 6749 5.2', retryAt, ...options });
  }

  /** Whether the platform refused the scopes, and not the client. */
  get isAboutScopes(): boolean {
    return this.platformError === 'invalid_scope';
  }
}

/**
 * The token endpoint did not give a usable answer: it is down, too slow, or its answer cannot be read. Retry later.
 *
 * @example
 * if (error instanceof TokenRequestFailed) await delayJob(error.retryAt);
 */
export class TokenRequestFailed extends Unavailable {
  constructor(message: string, retryAt?: Date, options?: ErrorOptions) {
    super({ code: 'token_request_failed', message, specRef: 'RFC 6749 5.1', retryAt, ...options });
  }
}

/** A 401 that a job keeps until its next try, which then decides. It can be stored as JSON. */
export interface RefusedCall {
  /** Method and URL. */
  call: string;
  /** `AccessToken.hash` of the token that was refused. */
  tokenHash: string;
  /** When the 401 arrived: epoch milliseconds by the token store's clock. */
  refusedAtMs: number;
}

/**
 * The platform answered 401 to a token that is known to be alive: the tool may not make this call. A retry does not help before an
 * administrator of the platform has acted.
 *
 * @example
 * if (error instanceof AuthenticationFailed) console.warn(error.message);
 */
export class AuthenticationFailed extends PlatformRefused {
  /** The token is alive, so another one does not help. */
  readonly conclusive = true;

  constructor(url: string) {
    super(
      authenticationFailure(
        url,
        'The tool may have been removed from this course, or its services disabled there.',
      ),
    );
  }
}

/**
 * The platform answered 401 to a token that may be dead, and no new token may be requested yet. Retry after `retryAt`, at least
 * 30 s, and give `refusedCall` to that try: its answer decides.
 *
 * @example
 * if (error instanceof AuthenticationUndecided) job.refusedCall = error.refusedCall;
 * // At the next try:
 * await oauth.authenticate(registration, endpoints, { refusedCall: job.refusedCall });
 */
export class AuthenticationUndecided extends Unavailable {
  /** The next try decides. */
  readonly conclusive = false;

  constructor(
    url: string,
    /** When the next try may be made: at least 30 s after the answer. */
    override readonly retryAt: Date,
    /** For the next try of a job. */
    readonly refusedCall: RefusedCall,
  ) {
    const whatNext =
      'The next try, with a new token, will show whether the token is dead or the tool lacks the permission.';
    super({ ...authenticationFailure(url, whatNext), retryAt });
  }
}

function authenticationFailure(url: string, whatNext: string): ErrorFields {
  const { host, pathname } = new URL(url);
  return {
    code: 'authentication_failed',
    message: `${host} refuses our access token at ${pathname}. ${whatNext}`,
    specRef: 'RFC 6750 3.1',
  };
}

/** The token store did not answer, or not in time. Meanwhile tokens are requested without it. Retry later. */
export class TokenStoreUnavailable extends Unavailable {
  /** @param reason for a log, so without URL and password */
  constructor(reason: string, options?: ErrorOptions) {
    super({
      code: 'token_store_unavailable',
      message: `The token store is not available (${reason}).`,
      ...options,
    });
  }
}

export const accessTokenErrors = {
  /** The registration has `deploymentInAssertion`, and the endpoints of the client do not name their deployment. */
  deploymentRequired: () =>
    new InvalidRequest({
      code: 'deployment_required',
      message:
        'Tokens of this registration are for one deployment (deploymentInAssertion). Authenticate with endpoints that have the ' +
        'deploymentId of the course.',
      specRef: 'CORE 6.2.1',
    }),
  /** A token of one deployment is not used in another one. */
  deploymentMismatch: (wanted: string | undefined, own: string | undefined) =>
    new InvalidRequest({
      code: 'deployment_mismatch',
      message:
        `The token is of deployment "${own ?? ''}", and the endpoints are of deployment "${wanted ?? ''}". ` +
        'Authenticate anew for those endpoints.',
      specRef: 'CORE 6.2.1',
    }),
  /** The token given to `fromAccessToken` has expired. */
  expired: (expiresAt: Date) =>
    new AccessDenied({
      code: 'access_token_expired',
      status: 401,
      message: `The access token expires at ${expiresAt.toISOString()}, which is too soon or in the past. Authenticate again.`,
      specRef: 'RFC 6750 3.1',
    }),
  /** The registration's token is sent to its platform only. */
  urlNotOnPlatform: (origin: string, origins: readonly string[]) =>
    new InvalidRequest({
      code: 'url_not_on_platform',
      message:
        `${origin} is not a host of this platform (${origins.join(', ')}): the token is not sent there. ` +
        'If a launch or a notice of the platform names this URL, give it to the client among its services.',
      details: { origin },
    }),
  headerNotAllowed: (name: string, reason: string) =>
    new InvalidRequest({
      code: 'header_not_allowed',
      message: `The header ${JSON.stringify(name)} cannot be sent: ${reason}. Leave it out of the headers of the call.`,
      specRef: 'RFC 9110 5',
      details: { header: name },
    }),
  scopeNotRegistered: (missing: readonly string[], registration: string) =>
    new Conflict({
      code: 'scope_not_registered',
      message:
        `The registration "${registration}" does not request ${missing.join(', ')}. ` +
        'Add the scope to its scopes here, and allow it for the tool at the platform.',
      specRef: 'SEC 4.1',
      details: { missing },
    }),
  notFound: (id: string) =>
    new NotFound({
      code: 'token_not_found',
      message: `Token ${id} is not stored. It may have been deleted, or renewed with other settings.`,
    }),
};

/** The error for a remembered failure. */
export function errorOf(failure: RenewalFailure, needed: readonly string[], cause?: unknown): LtiError {
  switch (failure.kind) {
    case 'scope':
      return new ScopeMismatch(needed, [], { cause });
    case 'refused':
      return new TokenRequestRefused(failure.message, failure.platformError, failure.retryAt, { cause });
    case 'failed':
      return new TokenRequestFailed(failure.message, failure.retryAt, { cause });
  }
}

const ERROR_CODE = /^[A-Z][A-Z0-9_]{1,40}$/;

/** The outage behind any error of a store. The store's own message is left out, because it may have a URL with a password. */
export function unavailableBy(cause: unknown): TokenStoreUnavailable {
  if (cause instanceof TokenStoreUnavailable) return cause;
  if (!(cause instanceof Error)) return new TokenStoreUnavailable('for an unknown reason', { cause });
  const { name, code } = cause as NodeJS.ErrnoException;
  const isCode = typeof code === 'string' && ERROR_CODE.test(code);
  return new TokenStoreUnavailable(isCode ? `${name} ${code}` : name, { cause });
}
