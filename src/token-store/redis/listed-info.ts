import { type StoredAccessInfo } from '../stored-access-info.js';
import { type AccessReader } from '../access-reader.js';

/** One key as the script lists it: key id, hash of the token, facts of the token, failure, id and holder of the lease. */
export type ListedRow = [string, string | null, string | null, string | null, string | null];

/** What an operator may see of it. What has not our shape is left out. */
export function listedInfo(
  registrationId: string,
  [keyId, hash, factsJson, failureJson, lease]: ListedRow,
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
    ...(lease !== null && { lease: { holder: lease.slice(lease.indexOf(' ') + 1) } }),
  };
}
