import { LtiError } from './lti-error.js';

export class CannotDecrypt extends LtiError {
  readonly code = 'cannot_decrypt';
  readonly status = 500;

  constructor(reason: string, options?: ErrorOptions) {
    super(
      `A stored secret cannot be decrypted. ${reason} Put the key that wrote it back into the key ring.`,
      options,
    );
  }
}
