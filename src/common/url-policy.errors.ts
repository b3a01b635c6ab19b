import { InvalidRequest } from './reactions.errors.js';

/** The rule that the URL breaks. */
export type UnsafeUrlReason =
  | 'malformed'
  | 'too_long'
  | 'not_https'
  | 'credentials'
  | 'private_host'
  | 'plain_http';

const EXCEPTION =
  'If it is a platform on your own network, list it in platformHttp.allowedPrivateHosts (ALLOWED_PRIVATE_HOSTS). ' +
  'Tests and development can set platformHttp.allowPrivateNetworks (ALLOW_PRIVATE_NETWORKS) to true.';

/**
 * A URL that nest-lti will not call. The message names the host at most: the rest of a refused URL may hold a secret, and the
 * address behind a name is for the operator only.
 *
 * @example
 * if (error instanceof UnsafeUrl && error.reason === 'not_https') return 'Give an https address.';
 */
export class UnsafeUrl extends InvalidRequest {
  constructor(
    /** The rule that the URL breaks. */
    readonly reason: UnsafeUrlReason,
    message: string,
  ) {
    super({ code: 'unsafe_url', message, details: { reason } });
  }

  /** The URL cannot be parsed. */
  static malformed(): UnsafeUrl {
    return new UnsafeUrl(
      'malformed',
      'The URL is not valid. Give an absolute URL that begins with https://.',
    );
  }

  /** The URL is longer than `bound` characters. */
  static tooLong(length: number, bound: number): UnsafeUrl {
    return new UnsafeUrl('too_long', `The URL has ${length} characters. Give one of at most ${bound}.`);
  }

  /** The URL has another scheme than `https`. */
  static notHttps(url: URL): UnsafeUrl {
    const host = url.host === '' ? 'The URL' : `The URL of ${url.host}`;
    const message = `${host} does not begin with https://. Use its https address.`;
    return new UnsafeUrl('not_https', url.protocol === 'http:' ? `${message} ${EXCEPTION}` : message);
  }

  /** The URL has a user name or a password. */
  static withCredentials(url: URL): UnsafeUrl {
    return new UnsafeUrl(
      'credentials',
      `The URL of ${url.host} holds a user name or password. Leave them out.`,
    );
  }

  /** The host is not on the public internet. */
  static privateHost(url: URL): UnsafeUrl {
    return new UnsafeUrl(
      'private_host',
      `${url.host} is not on the public internet. Use a public address. ${EXCEPTION}`,
    );
  }

  /** In development plain http is for private addresses only. */
  static plainHttp(url: URL): UnsafeUrl {
    return new UnsafeUrl('plain_http', `${url.host} is on the public internet. Use its https address.`);
  }
}
