import { Conflict, InvalidRequest, NotFound } from '../../common/reactions.errors.js';

export const userGrantClientErrors = {
  notFound: (registrationId: string) =>
    new NotFound({
      code: 'user_grant_client_not_found',
      message:
        `Registration ${registrationId} has no client for the platform's own API. Set one: ` +
        `PUT /api/v1/registrations/${registrationId}/user-grant-client.`,
    }),
  providerRequired: (family: string) =>
    new InvalidRequest({
      code: 'user_grant_provider_required',
      message:
        `nest-lti has no provider for platforms of the family "${family}". Name a provider, or describe one: ` +
        'at least authorizeUrl and tokenUrl.',
    }),
  secretRequired: () =>
    new InvalidRequest({
      code: 'user_grant_client_secret_required',
      message: 'Send clientSecret: no secret is stored for this client id at this host.',
    }),
  /** A user has one token for a client, and each new consent replaces it: two registrations would end each other's grants. */
  inUse: (registrationId: string) =>
    new Conflict({
      code: 'user_grant_client_in_use',
      message:
        `Registration ${registrationId} uses this client at this host. A consent for one registration would end the ` +
        "user's grant for the other. Create a separate client (Canvas: a developer key) for each registration.",
      details: { registrationId },
    }),
};
