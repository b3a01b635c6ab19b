import { ConfigurationInvalid } from '../common/reactions.errors.js';

export const keyErrors = {
  wrongEncryptionKeys: (options: ErrorOptions) =>
    new ConfigurationInvalid({
      code: 'wrong_encryption_keys',
      message:
        'The encryption keys are not those that this database was written with. ' +
        'Put the earlier key back into ENCRYPTION_KEYS (encryptionKeys), behind the new one if you are rotating.',
      ...options,
    }),
};
