import { PlatformAnswerInvalid, Unavailable } from '../common/reactions.errors.js';
import { withoutQuery } from '../common/query.js';

/** Host and path: the query may hold a secret. */
function describe(url: URL): string {
  return `${url.host}${url.pathname}`;
}

/** The step that failed on the way to a complete answer. */
export type UnreachableReason =
  | 'name_not_found'
  | 'connection_refused'
  | 'certificate'
  | 'tls'
  | 'connection_cut'
  | 'broken_answer'
  | 'other';

const EXPLANATIONS: Record<UnreachableReason, string> = {
  name_not_found: 'its name was not found. Check the URL and the DNS of this machine.',
  connection_refused:
    'the connection was refused. Check that the platform is up and that no firewall blocks the connection.',
  certificate:
    'its certificate was not accepted. Its administrator must replace it; for a private certificate authority set NODE_EXTRA_CA_CERTS.',
  tls: 'a TLS connection could not be established. Check that the URL leads to an https port.',
  connection_cut: 'the connection was cut before the answer was complete.',
  broken_answer: 'the answer could not be read.',
  other: 'the connection failed.',
};

/**
 * There was no complete answer. Whether the request was processed is unknown.
 *
 * @example
 * if (error instanceof PlatformUnreachable && error.reason === 'name_not_found') console.error(error.url.host);
 */
export class PlatformUnreachable extends Unavailable {
  /** Without its query. */
  readonly url: URL;

  constructor(
    url: URL,
    /** The step that failed. */
    readonly reason: UnreachableReason,
    /** The system's own code, such as `ECONNREFUSED`; empty if it gave none. */
    readonly systemCode: string,
    options?: ErrorOptions,
  ) {
    const code = systemCode === '' ? '' : ` (${systemCode})`;
    super({
      code: 'platform_unreachable',
      status: 502,
      message: `${describe(url)} could not be reached${code}: ${EXPLANATIONS[reason]}`,
      details: { reason },
      ...options,
    });
    this.url = withoutQuery(url);
  }
}

/** The step that took too long: the connection, the headers, the next part of the body, or the whole exchange. */
export type TimeoutPhase = 'connect' | 'headers' | 'body' | 'exchange';

const WAITED_FOR: Record<TimeoutPhase, string> = {
  connect: 'accept the connection',
  headers: 'begin its answer',
  body: 'continue its answer',
  exchange: 'complete its answer',
};

/**
 * Whether the request was processed is unknown, unless the phase is `connect`: then it was not sent.
 *
 * @example
 * if (error instanceof PlatformTimeout && error.phase === 'connect') console.error(error.url.host);
 */
export class PlatformTimeout extends Unavailable {
  /** Without its query. */
  readonly url: URL;

  constructor(
    url: URL,
    /** The step that took too long. */
    readonly phase: TimeoutPhase,
    options?: ErrorOptions,
  ) {
    super({
      code: 'platform_timeout',
      status: 504,
      message: `${describe(url)} did not ${WAITED_FOR[phase]} in time. Try again later.`,
      details: { phase },
      ...options,
    });
    this.url = withoutQuery(url);
  }
}

export const platformHttpErrors = {
  tooLarge: (url: URL, maxBytes: number, options?: ErrorOptions) =>
    new PlatformAnswerInvalid({
      code: 'platform_response_too_large',
      message: `${describe(url)} answered more than ${maxBytes} bytes. If this is a list, request smaller pages.`,
      ...options,
    }),
  /** A redirect would take the token, or the body, to a URL that is not registered. */
  redirectRefused: (url: URL, location: string | undefined) => {
    const target =
      location !== undefined && URL.canParse(location, url.href)
        ? describe(new URL(location, url))
        : 'elsewhere';
    return new PlatformAnswerInvalid({
      code: 'platform_redirect_refused',
      message: `${describe(url)} redirects to ${target}, and redirects are not followed. If the new URL is right, register that one.`,
    });
  },
};
