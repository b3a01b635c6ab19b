import { CompactSign, type CompactJWSHeaderParameters } from 'jose';
import { type KeyObject } from 'node:crypto';

export type TokenHeader = Readonly<Record<string, unknown>>;

/** A JWS (RFC 7515 7.1) with the algorithm of the header; parameters that are undefined are omitted. */
export function signCompact(
  payload: string,
  header: TokenHeader,
  key: KeyObject | Uint8Array,
): Promise<string> {
  const given = Object.entries(header).filter(([, value]) => value !== undefined);
  return new CompactSign(Buffer.from(payload))
    .setProtectedHeader(Object.fromEntries(given) as unknown as CompactJWSHeaderParameters)
    .sign(key);
}

/** A JWS without a signature, as `alg: none` has it. */
export function unsignedCompact(payload: string, header: TokenHeader): string {
  return `${encoded(JSON.stringify(header))}.${encoded(payload)}.`;
}

/** The token with another payload under the old signature. */
export function withPayload(
  token: string,
  change: (claims: Record<string, unknown>) => Record<string, unknown>,
): string {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  return [header, encoded(JSON.stringify(change(claims))), signature].join('.');
}

/** The token with an invalid signature. */
export function withBrokenSignature(token: string): string {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  // Not in the last characters, where base64url can have unused bits.
  bytes.writeUInt8(bytes.readUInt8(0) ^ 0xff, 0);
  return [header, payload, bytes.toString('base64url')].join('.');
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64url');
}
