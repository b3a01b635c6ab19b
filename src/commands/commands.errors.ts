import { LtiError } from '../common/lti-error.js';

/** Some secrets could not be decrypted and stayed as they were; the command has named them. */
export class SecretsUnreadable extends LtiError {
  readonly code = 'secrets_unreadable';
  readonly status = 409;

  constructor(count: number) {
    super(
      `${count} secrets could not be decrypted and stayed as they were. Put the keys that encrypted them back into ` +
        'ENCRYPTION_KEYS, behind the new one, and run this again.',
    );
  }
}
