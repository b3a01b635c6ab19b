import { generateKeyPairSync, KeyObject } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { idTokenAlgorithmSchema } from '../../registrations/id-token-algorithm.js';
import { PlatformKeySet } from './platform-key-set.js';
import { SignedToken } from './signed-token.js';

const algorithms = idTokenAlgorithmSchema.options;
const base64url = (text: string) => Buffer.from(text).toString('base64url');

/** A token by jose, and its public key. */
async function signed(algorithm: (typeof algorithms)[number]) {
  const { privateKey, publicKey } = await generateKeyPair(algorithm);
  const token = await new SignJWT({ sub: 'Sören' }).setProtectedHeader({ alg: algorithm }).sign(privateKey);
  return { token, key: KeyObject.from(publicKey), jwk: await exportJWK(publicKey) };
}

describe('a signed token', () => {
  it.each(algorithms)(
    'by %s opens with its own key, as jose signs it, and with no change',
    async (algorithm) => {
      const { token, key } = await signed(algorithm);
      expect(SignedToken.parse(token).verified(key, algorithm)).toEqual({ sub: 'Sören' });
      const [head = '', , signature = ''] = token.split('.');
      const changed = SignedToken.parse(`${head}.${base64url('{"sub":"x"}')}.${signature}`);
      expect(() => changed.verified(key, algorithm)).toThrow(
        expect.objectContaining({ code: 'id_token_signature' }),
      );
      const cut = SignedToken.parse(token.slice(0, -8));
      expect(() => cut.verified(key, algorithm)).toThrow(
        expect.objectContaining({ code: 'id_token_signature' }),
      );
    },
  );

  it('is checked by the algorithm that is asked for, and not by that of its header', async () => {
    const { token, key } = await signed('RS256');
    for (const other of ['RS384', 'RS512', 'PS256'] as const) {
      expect(() => SignedToken.parse(token).verified(key, other)).toThrow(
        expect.objectContaining({ code: 'id_token_signature' }),
      );
    }
  });

  it.each([
    ['', 'nothing'],
    ['a.b', 'two parts'],
    ['a.b.c.d', 'four parts'],
    [`${base64url('{}')}.${base64url('{}')}.=`, 'padding'],
    [`${base64url('[]')}.${base64url('{}')}.x`, 'a header that is a list'],
    [`${base64url('nonsense')}.${base64url('{}')}.x`, 'a header that is no JSON'],
    [
      `${Buffer.from([0x22, 0xff, 0x22]).toString('base64url')}.${base64url('{}')}.x`,
      'a header that is no UTF-8',
    ],
    [
      `${base64url('{"alg":"RS256","crit":["b64"],"b64":false}')}.x.x`,
      'what has to be understood, and is not',
    ],
  ])('is not %p: %s', (token) => {
    expect(() => SignedToken.parse(token)).toThrow(expect.objectContaining({ code: 'id_token_malformed' }));
  });

  it('has a payload that is an object', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const { CompactSign } = await import('jose');
    const token = await new CompactSign(Buffer.from('"text"'))
      .setProtectedHeader({ alg: 'RS256' })
      .sign(privateKey);
    expect(() => SignedToken.parse(token).verified(publicKey, 'RS256')).toThrow(
      expect.objectContaining({ code: 'id_token_malformed' }),
    );
  });
});

describe('the keys of a platform', () => {
  it('that are shorter than 2048 bits, or of another kind than the algorithm, are none', async () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
    const { jwk } = await signed('ES256');
    const keySet = PlatformKeySet.parse(
      JSON.stringify({
        keys: [
          { ...weak, kid: 'weak' },
          { ...jwk, kid: 'ec' },
        ],
      }),
    );
    await expect(keySet.find('weak', 'RS256')).rejects.toThrow('1024 bits');
    await expect(keySet.find('ec', 'RS256')).rejects.toThrow();
    await expect(keySet.find('ec', 'ES384')).rejects.toThrow();
    await expect(keySet.find('ec', 'ES256')).resolves.toBeInstanceOf(KeyObject);
  });
});
