import { ConfigurationInvalid } from './reactions.errors.js';

/** A secret in the database was encrypted with a key that is not in the key ring. */
export class CannotDecrypt extends ConfigurationInvalid {
  constructor(reason: string, options?: ErrorOptions) {
    super({
      code: 'cannot_decrypt',
      message: `A stored secret cannot be decrypted. ${reason} Put the key that encrypted it back into ENCRYPTION_KEYS.`,
      ...options,
    });
  }
}
