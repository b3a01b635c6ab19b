import { createHmac } from 'node:crypto';

/** A decoded parameter: name and value. A list may contain a name twice. */
export type Pair = readonly [name: string, value: string];

/** RFC 5849 3.4.2, and the same with SHA-256, which LTI took up later. */
export const signatureMethods = { 'HMAC-SHA1': 'sha1', 'HMAC-SHA256': 'sha256' } as const;
export type SignatureMethod = keyof typeof signatureMethods;

/** The input of an OAuth 1.0 signature. */
export interface SignedMessage {
  /** Such as `POST`. */
  method: string;
  /** Absolute. Its query and fragment are not part of the base URL; `pairs` contains the parameters of the query. */
  url: string;
  /** Those of the query, of the form body and of OAuth itself, decoded. */
  pairs: readonly Pair[];
}

/** RFC 5849 3.6: encodes more characters than forms and URLs do. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The signature base string, RFC 5849 3.4.1. */
export function baseString({ method, url, pairs }: SignedMessage): string {
  return [method.toUpperCase(), baseUrl(url), normalized(pairs)].map(percentEncode).join('&');
}

/** The signature in base64, RFC 5849 3.4.2: with the secret of the consumer alone, because LTI 1.1 has no OAuth tokens. */
export function signatureOf(message: SignedMessage, method: SignatureMethod, secret: string): string {
  return createHmac(signatureMethods[method], `${percentEncode(secret)}&`)
    .update(baseString(message))
    .digest('base64');
}

/** RFC 5849 3.4.1.2: scheme and host in lower case, and no default port. */
function baseUrl(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/**
 * RFC 5849 3.4.1.3.2. `realm` is left out of the Authorization header only (3.4.1.3.1), which a launch does not have: in
 * a form it is signed as all the rest is.
 */
function normalized(pairs: readonly Pair[]): string {
  return pairs
    .filter(([name]) => name !== 'oauth_signature')
    .map(([name, value]): Pair => [percentEncode(name), percentEncode(value)])
    .sort(([name, value], [otherName, otherValue]) => inOrder(name, otherName) || inOrder(value, otherValue))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** By bytes: what is encoded is ASCII. */
function inOrder(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
