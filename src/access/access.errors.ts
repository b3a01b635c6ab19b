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
