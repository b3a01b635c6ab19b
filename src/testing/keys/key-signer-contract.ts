import { calculateJwkThumbprint, importJWK, type JWK, jwtVerify } from 'jose';
import { deepStrictEqual, notStrictEqual, ok } from 'node:assert/strict';
import { type KeySigner, TOOL_KEY_ALGORITHMS, type ToolKeyAlgorithm } from '../../keys/key-signer.js';
import { type ContractCase } from '../token-store-contract/contract-case.js';

/** How the contract suite comes to the signers that it tries. */
export interface KeySignerHarness {
  /** A signer. Each call gives another instance, as another process would have it. */
  open(): KeySigner | Promise<KeySigner>;
  /** Default: RS256 and ES256. A signer with one of them refuses the other. */
  algorithms?: readonly ToolKeyAlgorithm[];
}

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth'] as const;
const PAYLOAD = { iss: 'tool', aud: ['https://lms.example.edu'], iat: 1, nested: { n: [1, 'ü', null] } };

/**
 * The rules of a KeySigner, one by one.
 *
 * @example
 * it.each(keySignerContract)('$name', ({ run }) => run({ open: () => new KmsSigner(kms) }));
 */
export const keySignerContract: readonly ContractCase<KeySignerHarness>[] = [
  signerCase('creates key pairs of the algorithm, and shows their public parts alone', (_, created) => {
    for (const { algorithm, publicJwk } of created) {
      deepStrictEqual(publicJwk.kty, algorithm === 'RS256' ? 'RSA' : 'EC');
      for (const member of PRIVATE_MEMBERS) ok(!(member in publicJwk), `publicJwk has ${member}`);
    }
    return Promise.resolve();
  }),
  signerCase('creates another key pair each time', async (signer, created) => {
    for (const { algorithm, publicJwk } of created) {
      const other = await signer.create(algorithm);
      notStrictEqual(await calculateJwkThumbprint(other.publicJwk), await calculateJwkThumbprint(publicJwk));
    }
  }),
  signerCase('signs the payload as it is, with alg, kid and typ in the header', async (signer, created) => {
    for (const key of created) await verifySignature(signer, key);
  }),
  signerCase('signs with a key that another process has created', async (_, created, another) => {
    for (const key of created) await verifySignature(another, key);
  }),
];

interface TriedKey {
  algorithm: ToolKeyAlgorithm;
  publicJwk: JWK;
  reference: string;
}

function signerCase(
  name: string,
  body: (signer: KeySigner, created: readonly TriedKey[], another: KeySigner) => Promise<void>,
): ContractCase<KeySignerHarness> {
  return {
    name,
    run: async (harness) => {
      const signer = await harness.open();
      const created: TriedKey[] = [];
      for (const algorithm of harness.algorithms ?? TOOL_KEY_ALGORITHMS)
        created.push({ algorithm, ...(await signer.create(algorithm)) });
      await body(signer, created, await harness.open());
    },
  };
}

async function verifySignature(
  signer: KeySigner,
  { algorithm, publicJwk, reference }: TriedKey,
): Promise<void> {
  const kid = await calculateJwkThumbprint(publicJwk);
  const jwt = await signer.sign({ kid, algorithm, reference }, PAYLOAD);
  const { payload, protectedHeader } = await jwtVerify(jwt, await importJWK(publicJwk, algorithm));
  deepStrictEqual(payload, PAYLOAD);
  deepStrictEqual({ ...protectedHeader }, { alg: algorithm, kid, typ: 'JWT' });
}
