import { Injectable, Logger } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { KeyRing } from '../common/encryption.js';
import { CannotDecrypt } from '../common/encryption.errors.js';
import { type GrantKey, type UserGrant } from './user-grant.entity.js';
import { userGrantErrors } from './user-grants.errors.js';

/** The decrypted tokens of a grant. */
export interface DecryptedTokens {
  accessToken: string | undefined;
  refreshToken: string | undefined;
}

/** The columns that hold tokens. */
export type EncryptedTokens = Pick<
  UserGrant,
  'encryptedAccessToken' | 'encryptedRefreshToken' | 'refreshTokenHash'
>;

/** Encrypts the tokens of grants, each for its own column of its own row. */
@Injectable()
export class GrantCipher {
  private readonly logger = new Logger(GrantCipher.name);

  constructor(private readonly keyRing: KeyRing) {}

  encrypt(key: GrantKey, accessToken: string, refreshToken: string | undefined): EncryptedTokens {
    const encrypt = (kind: TokenKind, token: string): string =>
      this.keyRing.encrypt(token, grantEncryptionContext(key, kind));
    return {
      encryptedAccessToken: encrypt('access', accessToken),
      encryptedRefreshToken: refreshToken === undefined ? null : encrypt('refresh', refreshToken),
      refreshTokenHash: refreshToken === undefined ? null : hashOf(refreshToken),
    };
  }

  /** @throws {ConfigurationInvalid} `user_grant_unreadable` if the key ring lacks the key. It is also logged, because an operator must add the key. */
  decrypt(grant: UserGrant): DecryptedTokens {
    const decrypt = (kind: TokenKind, encrypted: string | null): string | undefined =>
      encrypted === null ? undefined : this.keyRing.decrypt(encrypted, grantEncryptionContext(grant, kind));
    try {
      return {
        accessToken: decrypt('access', grant.encryptedAccessToken),
        refreshToken: decrypt('refresh', grant.encryptedRefreshToken),
      };
    } catch (cause) {
      if (!(cause instanceof CannotDecrypt)) throw cause;
      this.logger.error(`The tokens of user grant ${grant.id} cannot be decrypted: ${cause.message}`);
      throw userGrantErrors.unreadable(grant.id, { cause });
    }
  }
}

export type TokenKind = 'access' | 'refresh';

/** Binds a token to its row by the row's unique key: the id is not known before the row is written. */
export function grantEncryptionContext({ registrationId, userId }: GrantKey, kind: TokenKind): string {
  return `user_grant:${kind}:${registrationId}:${userId}`;
}

/** Identifies a token without storing it. */
export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
