import { base64url, exportJWK } from 'jose';
import { createPublicKey, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { type KeySigner } from '../../src/keys/key-signer.js';
import { LocalKeySigner } from '../../src/keys/local-key-signer.js';
import { keySignerContract } from '../../src/testing/index.js';

/** Stores the private keys itself, as a KMS does. */
class KeptKeysSigner implements KeySigner {
  constructor(private readonly kept: Map<string, KeyObject>) {}

  async create() {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const reference = randomUUID();
    this.kept.set(reference, privateKey);
    return { publicJwk: await exportJWK(createPublicKey(privateKey)), reference };
  }

  sign: KeySigner['sign'] = ({ kid, algorithm, reference }, payload) => {
    const key = this.kept.get(reference);
    if (key === undefined) return Promise.reject(new Error(`no key ${reference}`));
    const parts = [{ alg: algorithm, kid, typ: 'JWT' }, payload];
    const input = parts.map((part) => base64url.encode(JSON.stringify(part))).join('.');
    return Promise.resolve(`${input}.${base64url.encode(sign('sha256', Buffer.from(input), key))}`);
  };
}

describe('the KeySigner contract with LocalKeySigner', () => {
  it.each(keySignerContract)('$name', ({ run }) => run({ open: () => new LocalKeySigner() }));
});

describe('the KeySigner contract with a signer that keeps its private keys', () => {
  const kept = new Map<string, KeyObject>();
  it.each(keySignerContract)('$name', ({ run }) =>
    run({ open: () => new KeptKeysSigner(kept), algorithms: ['RS256'] }),
  );
});

describe('the KeySigner contract', () => {
  it.each([
    [
      'leaks a private key',
      () => Promise.resolve({ publicJwk: { kty: 'RSA', d: 'AQAB' }, reference: '' }),
      0,
    ],
    ['signs with another kid', undefined, 2],
  ] as const)('fails for a signer that %s', async (_, create, nth) => {
    const local = new LocalKeySigner();
    const broken: KeySigner = {
      create: create ?? ((algorithm) => local.create(algorithm)),
      sign: (key, payload) => local.sign({ ...key, kid: 'another' }, payload),
    };
    await expect(
      keySignerContract[nth]?.run({ open: () => broken, algorithms: ['RS256'] }),
    ).rejects.toThrow();
  });
});
