import { LtiError } from '../../common/lti-error.js';

export class UserGrantClientNotFound extends LtiError {
  readonly code = 'user_grant_client_not_found';
  readonly status = 404;

  constructor(registrationId: string) {
    super(
      `Registration ${registrationId} has no client for the platform's own API. Set one: ` +
        `PUT /api/registrations/${registrationId}/user-grant-client.`,
    );
  }
}

export class ProviderNotKnown extends LtiError {
  readonly code = 'user_grant_provider_required';
  readonly status = 400;

  constructor(family: string) {
    super(
      `Nothing is shipped for platforms of the family "${family}". Name a provider, or describe the platform's own: ` +
        'at least authorizeUrl and tokenUrl.',
    );
  }
}

export class ClientSecretRequired extends LtiError {
  readonly code = 'user_grant_client_secret_required';
  readonly status = 400;

  constructor() {
    super('There is no client secret yet. Send clientSecret.');
  }
}
