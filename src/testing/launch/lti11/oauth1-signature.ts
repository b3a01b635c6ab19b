import { createHmac } from 'node:crypto';

/** The signature methods: that of RFC 5849 3.4.2, and the same with SHA-256. */
export const signatureMethods = ['HMAC-SHA1', 'HMAC-SHA256'] as const;
export type SignatureMethod = (typeof signatureMethods)[number];

type Parameter = readonly [name: string, value: string];

/** The signature base string of a form by POST (RFC 5849 3.4.1). `parameters` are those of the body; those of the URL are added. */
export function signatureBaseString(url: string, parameters: readonly Parameter[]): string {
  const { origin, pathname, searchParams } = new URL(url);
  const normalized = [...searchParams, ...parameters]
    .map(([name, value]) => [percentEncoded(name), percentEncoded(value)] as const)
    .sort(byNameThenValue)
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  return ['POST', origin + pathname, normalized].map(percentEncoded).join('&');
}

/** The signature in base64. There is no token in LTI, so its secret is empty. */
export function signature(baseString: string, secret: string, method: SignatureMethod): string {
  const hash = method === 'HMAC-SHA1' ? 'sha1' : 'sha256';
  return createHmac(hash, `${percentEncoded(secret)}&`)
    .update(baseString)
    .digest('base64');
}

/** RFC 5849 3.6: more than encodeURIComponent escapes. */
export function percentEncoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

// Sorted by bytes: the encoded text is ASCII, which a locale would sort differently.
function byNameThenValue([name, value]: Parameter, [otherName, otherValue]: Parameter): number {
  return compare(name, otherName) || compare(value, otherValue);
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
