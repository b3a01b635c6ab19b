import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { generateKeyPairSync } from 'node:crypto';
import { type IdTokenAlgorithm, idTokenAlgorithmSchema } from '../../registrations/id-token-algorithm.js';
import { PlatformKeySet } from './platform-key-set.js';

const base64url = (text: string) => Buffer.from(text).toString('base64url');

/** A key pair whose public half has the kid `one`, and a token that it has signed. */
async function signed(alg: IdTokenAlgorithm = 'ES256') {
  const { privateKey, publicKey } = await generateKeyPair(alg);
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid: 'one' };
  const token = await new SignJWT({ sub: 'Sören' }).setProtectedHeader({ alg, kid: 'one' }).sign(privateKey);
  return { jwk, token };
}

function setOf(...keys: unknown[]): PlatformKeySet {
  return PlatformKeySet.parse(JSON.stringify({ keys }));
}

const refusedWith = (code: string) => expect.objectContaining({ code });

describe('PlatformKeySet', () => {
  it.each(idTokenAlgorithmSchema.options)(
    'verifies a token signed by %s, and refuses a changed one',
    async (alg) => {
      const { jwk, token } = await signed(alg);
      const payload = await setOf(jwk).verify(token, alg);
      expect(JSON.parse(Buffer.from(payload).toString())).toEqual({ sub: 'Sören' });
      const [head = '', , signature = ''] = token.split('.');
      const changed = `${head}.${base64url('{"sub":"x"}')}.${signature}`;
      await expect(setOf(jwk).verify(changed, alg)).rejects.toEqual(refusedWith('id_token_signature'));
      await expect(setOf(jwk).verify(token.slice(0, -8), alg)).rejects.toEqual(
        refusedWith('id_token_signature'),
      );
    },
  );

  it('tries each of several keys that have the kid of the token', async () => {
    const [old, present, next] = await Promise.all([signed(), signed(), signed()]);
    const keySet = setOf(old.jwk, { ...old.jwk, x: 'broken' }, present.jwk);
    await expect(keySet.verify(present.token, 'ES256')).resolves.toBeDefined();
    await expect(keySet.verify(next.token, 'ES256')).rejects.toEqual(refusedWith('id_token_signature'));
  });

  it.each([
    ['null', { use: null, alg: null, key_ops: null, x5c: null }],
    ['empty text', { use: '', alg: '', x5c: [''] }],
    ['an empty list', { key_ops: [] }],
    ['a list of null', { key_ops: [null] }],
    ['a repeated list', { key_ops: ['verify', null, 'verify'] }],
  ])('takes %s in an optional member of a key as absent or as once', async (_, members) => {
    const { jwk, token } = await signed();
    await expect(setOf({ ...jwk, ...members }).verify(token, 'ES256')).resolves.toBeDefined();
  });

  it('passes over entries that are not keys', async () => {
    const { jwk, token } = await signed();
    await expect(setOf(null, 'text', {}, { kty: 5 }, jwk).verify(token, 'ES256')).resolves.toBeDefined();
  });

  it.each([
    ['symmetric', { kty: 'oct', k: 'c2VjcmV0' }],
    ['for encryption', { use: 'enc' }],
    ['for another algorithm', { alg: 'ES384' }],
    ['not for verifying', { key_ops: ['sign'] }],
    ['of another curve', { crv: 'P-384' }],
    ['broken', { x: 'AAAA' }],
    ['of another id', { kid: 'two' }],
    ['without an id', { kid: null }],
  ])('does not know the key of a token where it is %s', async (_, changes) => {
    const { jwk, token } = await signed();
    await expect(setOf({ ...jwk, ...changes }).verify(token, 'ES256')).rejects.toEqual(
      refusedWith('id_token_kid_unknown'),
    );
  });

  it('does not use an RSA key of fewer than 2048 bits (RFC 7518 3.3)', async () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
    const { token } = await signed('RS256');
    await expect(setOf({ ...weak, kid: 'one' }).verify(token, 'RS256')).rejects.toEqual(
      refusedWith('id_token_kid_unknown'),
    );
  });

  it.each([
    ['is not a set', '[]'],
    ['has no keys', '{}'],
    ['has more than 200 keys', JSON.stringify({ keys: Array.from({ length: 201 }, () => ({ kty: 'EC' })) })],
  ])('is not read from a document that %s', (_, text) => {
    expect(() => PlatformKeySet.parse(text)).toThrow();
  });
});
