import { type StoredToken } from './stored-tokens.js';
import { type TokenView } from './token.schema.js';

/** Each shown field is named here, so that others, such as the hash, are not shown. */
export function viewToken({ registration, status, info }: StoredToken): TokenView {
  const { keyId, token, failure, lease } = info;
  return {
    id: keyId,
    registrationId: registration.id,
    registrationName: registration.name,
    status,
    scopes: [...(token?.scopes ?? [])],
    issuedAt: token?.issuedAt.toISOString() ?? null,
    expiresAt: token?.expiresAt.toISOString() ?? null,
    leaseHolder: lease?.holder ?? null,
    failure:
      failure === undefined
        ? null
        : {
            kind: failure.kind,
            message: failure.message,
            platformError: failure.platformError ?? null,
            retryAt: failure.retryAt.toISOString(),
            attempts: failure.attempts,
          },
  };
}
