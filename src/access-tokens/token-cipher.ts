import { Injectable, Logger } from '@nestjs/common';
import { CannotDecrypt } from '../common/encryption.errors.js';
import { KeyRing } from '../common/encryption.js';
import { ConfigurationInvalid } from '../common/reactions.errors.js';
import { configurationFaults } from '../config/configuration-faults.js';
import { encryptionKeysSchema } from '../config/encryption-keys.schema.js';
import { type AccessTokenKey } from './access-token.js';

/** How many keys are warned of by name. So a wrong key ring does not fill the log. */
const MAX_WARNED = 1000;

/**
 * Encrypts access tokens for stores outside this process, with AES-256-GCM (docs/tokens.md, rule 10).
 *
 * @example
 * const cipher = TokenCipher.of(process.env.ENCRYPTION_KEYS ?? '');
 * const encrypted = cipher.encrypt(key, token.value);
 * const value = cipher.decrypt(key, encrypted); // undefined: it was encrypted with other keys
 */
@Injectable()
export class TokenCipher {
  private readonly logger = new Logger(TokenCipher.name);
  private readonly warned = new Set<string>();

  constructor(private readonly ring: KeyRing) {}

  /**
   * For a custom store, which is created before the module is.
   *
   * @param encryptionKeys the module's option of this name
   * @throws ConfigurationInvalid
   * @example
   * const cipher = TokenCipher.of(process.env.ENCRYPTION_KEYS ?? '');
   */
  static of(encryptionKeys: string): TokenCipher {
    const keys = encryptionKeysSchema.safeParse(encryptionKeys);
    if (!keys.success) throw ConfigurationInvalid.of(configurationFaults(keys.error, () => 'encryptionKeys'));
    return new TokenCipher(new KeyRing(keys.data));
  }

  /**
   * The result decrypts under the same key only, so an entry that is copied to another key is useless there.
   *
   * @example
   * const encrypted = cipher.encrypt(key, token.value);
   */
  encrypt({ id }: Pick<AccessTokenKey, 'id'>, value: string): string {
    return this.ring.encrypt(value, contextOf(id));
  }

  /**
   * The value, or undefined if our keys do not decrypt it. That is a miss, with one warning for each key.
   *
   * @example
   * const value = cipher.decrypt(key, encrypted);
   */
  decrypt({ id }: Pick<AccessTokenKey, 'id'>, encrypted: string): string | undefined {
    try {
      const value = this.ring.decrypt(encrypted, contextOf(id));
      this.warned.delete(id);
      return value;
    } catch (error) {
      if (!(error instanceof CannotDecrypt)) throw error;
      if (!this.warned.has(id) && this.warned.size < MAX_WARNED) {
        this.warned.add(id);
        this.logger.warn(
          `The stored access token ${id} cannot be decrypted, so a new one is requested. ${error.message}`,
        );
      }
      return undefined;
    }
  }

  /**
   * Whether the value was encrypted with the first key of the ring.
   *
   * @example
   * const current = cipher.isCurrent(encrypted) ? encrypted : cipher.encrypt(key, token.value);
   */
  isCurrent(encrypted: string): boolean {
    return this.ring.isCurrent(encrypted);
  }
}

function contextOf(keyId: string): string {
  return `access_token:${keyId}`;
}
