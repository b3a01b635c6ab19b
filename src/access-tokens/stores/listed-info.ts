import { type AccessReader } from './access-reader.js';
import { type StoredAccessInfo } from './token-store.js';

/** What a store outside of this process keeps under a key, but for the sealed token. */
export interface ListedFields {
  keyId: string;
  registrationId: string;
  /** Of the token: `AccessToken.hash`. */
  hash: string | null;
  /** As `writeTokenFacts` wrote it. */
  facts: string | null;
  /** As `writeFailure` wrote it. */
  failure: string | null;
  /** Of the lease, while there is one. */
  holder: string | null;
}

/** What an operator may see of it. What has not our shape is left out. */
export function listedInfo(
  { keyId, registrationId, hash, facts: factsJson, failure: failureJson, holder }: ListedFields,
  reader: AccessReader,
): StoredAccessInfo {
  const facts = reader.readFacts(keyId, factsJson);
  const failure = reader.readFailure(keyId, failureJson);
  return {
    keyId,
    registrationId,
    ...(facts !== undefined &&
      hash !== null && {
        token: {
          scopes: facts.scopes,
          issuedAt: facts.issuedAt,
          expiresAt: facts.expiresAt,
          hash,
          ...(facts.repeated && { repeated: true }),
        },
      }),
    ...(failure !== undefined && { failure }),
    ...(holder !== null && { lease: { holder } }),
  };
}
