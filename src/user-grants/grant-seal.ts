import { Injectable, Logger } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { KeyRing } from '../common/encryption.js';
import { CannotDecrypt } from '../common/encryption.errors.js';
import { type GrantKey, type UserGrant } from './user-grant.entity.js';
import { GrantUnreadable } from './user-grants.errors.js';

/** The tokens of a grant, open. */
export interface OpenTokens {
  accessToken: string | undefined;
  refreshToken: string | undefined;
}

/** The columns that hold tokens. */
export type SealedTokens = Pick<UserGrant, 'sealedAccessToken' | 'sealedRefreshToken' | 'refreshTokenHash'>;

/** Seals the tokens of grants, each for its own column of its own row. */
@Injectable()
export class GrantSeal {
  private readonly logger = new Logger(GrantSeal.name);

  constructor(private readonly keyRing: KeyRing) {}

  seal(key: GrantKey, accessToken: string, refreshToken: string | undefined): SealedTokens {
    const seal = (kind: TokenKind, token: string): string =>
      this.keyRing.encrypt(token, grantSealContext(key, kind));
    return {
      sealedAccessToken: seal('access', accessToken),
      sealedRefreshToken: refreshToken === undefined ? null : seal('refresh', refreshToken),
      refreshTokenHash: refreshToken === undefined ? null : hashOf(refreshToken),
    };
  }

  /** @throws GrantUnreadable, which is in the log, too: somebody has to mend the key ring */
  open(grant: UserGrant): OpenTokens {
    const open = (kind: TokenKind, sealed: string | null): string | undefined =>
      sealed === null ? undefined : this.keyRing.decrypt(sealed, grantSealContext(grant, kind));
    try {
      return {
        accessToken: open('access', grant.sealedAccessToken),
        refreshToken: open('refresh', grant.sealedRefreshToken),
      };
    } catch (cause) {
      if (!(cause instanceof CannotDecrypt)) throw cause;
      this.logger.error(`The tokens of user grant ${grant.id} cannot be decrypted: ${cause.message}`);
      throw new GrantUnreadable(grant.id, { cause });
    }
  }
}

export type TokenKind = 'access' | 'refresh';

/** The row, by what is unique in it: its id is not known before it is written. */
export function grantSealContext({ registrationId, userId }: GrantKey, kind: TokenKind): string {
  return `user_grant:${kind}:${registrationId}:${userId}`;
}

/** Tells tokens apart without holding them. */
export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
