import { LtiError } from '../common/lti-error.js';
import { type RenewalFailure } from './stores/token-store.js';

/** The platform did not grant what the call needs. Thrown before the call. */
export class ScopeMismatch extends LtiError {
  readonly code = 'scope_mismatch';
  readonly status = 403;
  override readonly specRef = 'SEC 4.1';

  constructor(
    readonly required: readonly string[],
    readonly granted: readonly string[],
    options?: ErrorOptions,
  ) {
    const missing = required.filter((scope) => !granted.includes(scope));
    super(
      `The platform did not grant ${missing.join(', ')}. Ask its administrator to enable that service for this tool.`,
      options,
    );
  }

  override details(): Record<string, unknown> {
    return { required: this.required, granted: this.granted };
  }
}

/** The platform refused our token request: our registration there, not the network, is at fault. */
export class TokenRequestRefused extends LtiError {
  readonly code = 'token_request_refused';
  readonly status = 502;
  override readonly specRef = 'RFC 6749 5.2';

  constructor(
    message: string,
    /** The platform's `error`, if its answer had one. */
    readonly platformError: string | undefined,
    override readonly retryAt?: Date,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** The scopes, not the client, were refused. */
  get isAboutScopes(): boolean {
    return this.platformError === 'invalid_scope';
  }
}

/** No usable answer came from the token endpoint: it is down, slow, or answers nonsense. */
export class TokenRequestFailed extends LtiError {
  readonly code = 'token_request_failed';
  readonly status = 503;
  override readonly specRef = 'RFC 6749 5.1';

  constructor(
    message: string,
    override readonly retryAt?: Date,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A 401 as a job keeps it until its next try, which then decides. Plain data, fit for JSON. */
export interface RefusedCall {
  /** Method and URL. */
  call: string;
  /** `AccessToken.hash` of the token that was refused. */
  tokenHash: string;
  /** When the 401 had arrived: epoch milliseconds by the token store's clock. */
  refusedAtMs: number;
}

/**
 * The platform answered 401 to a token that it granted.
 *
 * `conclusive`: the token is alive, so the tool may not make this call. Otherwise the token may be dead: nothing fails for
 * good because of it. A job waits until `retryAt`, which is at least 30 s later, and gives its next try what `refusedCall`
 * holds: `oauth.authenticate(registration, endpoints, { refusedCall })`.
 */
export class AuthenticationFailed extends LtiError {
  readonly code = 'authentication_failed';
  /** 502 is the platform's verdict; 503 leaves it open. */
  readonly status: 502 | 503;
  override readonly specRef = 'RFC 6750 3.1';

  constructor(
    url: string,
    readonly conclusive: boolean,
    override readonly retryAt?: Date,
    readonly refusedCall?: RefusedCall,
  ) {
    const { host, pathname } = new URL(url);
    super(
      `${host} refuses our access token at ${pathname}. ` +
        (conclusive
          ? 'The tool may have been removed from this course, or its services disabled there.'
          : 'Whether the token is dead or the tool may not do this shows at the next try, with a new token.'),
    );
    this.status = conclusive ? 502 : 503;
  }

  static conclusive(url: string): AuthenticationFailed {
    return new AuthenticationFailed(url, true);
  }

  static inconclusive(url: string, retryAt: Date, refusedCall: RefusedCall): AuthenticationFailed {
    return new AuthenticationFailed(url, false, retryAt, refusedCall);
  }
}

/** A client cannot be made of this token. */
export class AccessTokenExpired extends LtiError {
  readonly code = 'access_token_expired';
  readonly status = 401;
  override readonly specRef = 'RFC 6750 3.1';

  constructor(expiresAt: Date) {
    super(
      `The access token expires at ${expiresAt.toISOString()}, which is too soon or past. Authenticate again.`,
    );
  }
}

/** The error that a remembered failure stands for. */
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
