import { Injectable, Logger } from '@nestjs/common';
import { CannotDecrypt } from '../../common/encryption.errors.js';
import { KeyRing } from '../../common/encryption.js';
import { ConfigurationInvalid } from '../../config/configuration.errors.js';
import { encryptionKeysSchema } from '../../config/encryption-keys.schema.js';
import { type AccessTokenKey } from '../access-token-key.js';

/** How many entries are complained of by name: a wrong key ring must not fill the log. */
const MAX_WARNED = 1000;

/** Seals token values for stores outside this process. Design rule "At rest". */
@Injectable()
export class TokenSeal {
  private readonly logger = new Logger(TokenSeal.name);
  private readonly warned = new Set<string>();

  constructor(private readonly ring: KeyRing) {}

  /**
   * For a store of your own, which has to be there before the module has one to inject.
   *
   * @param encryptionKeys the module's option of this name
   * @throws ConfigurationInvalid
   */
  static of(encryptionKeys: string): TokenSeal {
    const keys = encryptionKeysSchema.safeParse(encryptionKeys);
    if (!keys.success) throw ConfigurationInvalid.fromZod(keys.error, () => 'encryptionKeys');
    return new TokenSeal(new KeyRing(keys.data));
  }

  /** Opens under the same key only: an entry that was copied elsewhere is worth nothing there. */
  seal({ id }: Pick<AccessTokenKey, 'id'>, value: string): string {
    return this.ring.encrypt(value, contextOf(id));
  }

  /** The value, or undefined when it does not open with our keys: a miss, and a warning once for each key. */
  open({ id }: Pick<AccessTokenKey, 'id'>, sealed: string): string | undefined {
    try {
      const value = this.ring.decrypt(sealed, contextOf(id));
      this.warned.delete(id);
      return value;
    } catch (error) {
      if (!(error instanceof CannotDecrypt)) throw error;
      if (!this.warned.has(id) && this.warned.size < MAX_WARNED) {
        this.warned.add(id);
        this.logger.warn(
          `The stored access token ${id} cannot be read and is asked for anew. ${error.message}`,
        );
      }
      return undefined;
    }
  }

  /** Whether the first key of the ring, the one that writes, sealed it. */
  isCurrent(sealed: string): boolean {
    return this.ring.isCurrent(sealed);
  }
}

function contextOf(keyId: string): string {
  return `access_token:${keyId}`;
}
