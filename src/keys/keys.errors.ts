import { LtiError } from '../common/lti-error.js';

export class WrongEncryptionKeys extends LtiError {
  readonly code = 'wrong_encryption_keys';
  readonly status = 500;

  constructor(options: ErrorOptions) {
    super(
      'The encryption keys are not those that this database was written with. ' +
        'Put the earlier key back into ENCRYPTION_KEYS (encryptionKeys), behind the new one if you are rotating.',
      options,
    );
  }
}
