import { ConfigurationInvalid } from '../common/reactions.errors.js';

export const commandErrors = {
  /** Some secrets could not be decrypted and stayed as they were; the command has named them. */
  secretsUnreadable: (count: number) =>
    new ConfigurationInvalid({
      code: 'secrets_unreadable',
      status: 409,
      message:
        `${count} secrets could not be decrypted and stayed as they were. Put the keys that encrypted them back into ` +
        'ENCRYPTION_KEYS, behind the new one, and run this again.',
    }),
};
