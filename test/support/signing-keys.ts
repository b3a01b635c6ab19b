import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT } from 'jose';
import { type ToolKeyService } from '../../src/keys/tool-key.service.js';

/** The part of ToolKeyService that the OAuth client needs. */
export type SigningKeys = Pick<ToolKeyService, 'sign' | 'jwks'>;

/** A new key pair that signs as ToolKeyService does, without a database. */
export async function createSigningKeys(): Promise<SigningKeys> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  const keySet: JSONWebKeySet = { keys: [{ ...jwk, kid, alg: 'RS256', use: 'sig' }] };
  return {
    sign: (payload) =>
      new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' }).sign(privateKey),
    jwks: () => Promise.resolve(keySet),
  };
}
