import { ConfigurationInvalid } from '../common/reactions.errors.js';

export const commandErrors = {
  /** Some secrets could not be decrypted and were not changed; the command has named them. */
  secretsUnreadable: (count: number) =>
    new ConfigurationInvalid({
      code: 'secrets_unreadable',
      status: 409,
      message:
        `${count} secrets could not be decrypted and were not changed. Put the keys that encrypted them back into ` +
        'ENCRYPTION_KEYS, after the new key, and run this command again.',
    }),
};
