import { LtiError } from '../../common/lti-error.js';

export class UserGrantClientNotFound extends LtiError {
  readonly code = 'user_grant_client_not_found';
  readonly status = 404;

  constructor(registrationId: string) {
    super(
      `Registration ${registrationId} has no client for the platform's own API. Set one: ` +
        `PUT /api/v1/registrations/${registrationId}/user-grant-client.`,
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
    super('Send clientSecret: no secret is stored for this client id at this host.');
  }
}

/** A user has one token for a client, and each new consent replaces it: two registrations would end each other's grants. */
export class UserGrantClientInUse extends LtiError {
  readonly code = 'user_grant_client_in_use';
  readonly status = 409;

  constructor(readonly registrationId: string) {
    super(
      `Registration ${registrationId} uses this client at this host. A consent for one registration would end the ` +
        "user's grant for the other. Create a client (Canvas: a developer key) of its own for each registration.",
    );
  }

  override details(): Record<string, unknown> {
    return { registrationId: this.registrationId };
  }
}
