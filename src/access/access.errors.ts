import { LtiError } from '../common/lti-error.js';

const CHALLENGE = 'Bearer realm="nest-lti"';

export class ApiKeyRequired extends LtiError {
  readonly code = 'api_key_required';
  readonly status = 401;
  override readonly specRef = 'RFC 6750 3';
  override readonly challenge = CHALLENGE;

  constructor() {
    super('This needs an API key: send the header "Authorization: Bearer <key>".');
  }
}

export class ApiKeyRejected extends LtiError {
  readonly code = 'api_key_rejected';
  readonly status = 401;
  override readonly specRef = 'RFC 6750 3.1';
  override readonly challenge = `${CHALLENGE}, error="invalid_token"`;

  constructor() {
    super('The API key is unknown or was revoked.');
  }
}

export class ApiKeyReadOnly extends LtiError {
  readonly code = 'api_key_read_only';
  readonly status = 403;
  override readonly specRef = 'RFC 6750 3.1';
  override readonly challenge = `${CHALLENGE}, error="insufficient_scope", scope="write"`;

  constructor() {
    super('This API key may only read. Use one with scope "write".');
  }
}

export class ApiKeyNotFound extends LtiError {
  readonly code = 'api_key_not_found';
  readonly status = 404;

  constructor(id: string) {
    super(`There is no API key ${id}. It is its id that is asked for, not the key itself.`);
  }
}

export class ApiKeyConfigured extends LtiError {
  readonly code = 'api_key_configured';
  readonly status = 409;

  constructor() {
    super('This API key comes from the configuration: set another ADMIN_API_KEY and restart to end it.');
  }
}

export class LastWriteKey extends LtiError {
  readonly code = 'last_write_key';
  readonly status = 409;

  constructor() {
    super('This is the last working API key that may write: create another one first, or nobody could.');
  }
}
