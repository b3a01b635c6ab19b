import { Conflict, NotFound } from '../common/reactions.errors.js';

export const registrationErrors = {
  notFound: (id: string) =>
    new NotFound({
      code: 'registration_not_found',
      message: `There is no registration ${id}, or it was deleted.`,
    }),
  exists: (existingId: string) =>
    new Conflict({
      code: 'registration_exists',
      message:
        `This issuer and client_id are already registered, as ${existingId}. Change that registration, or delete it first. ` +
        'If this is another platform: each platform needs another issuer or client_id, so give it an issuer of its own ' +
        '(a self-hosted Canvas has the issuer of the cloud until lti_iss is set in its config/security.yml), or register the ' +
        'tool there again to get another client_id.',
      details: { id: existingId },
    }),
  deploymentInUse: (deploymentId: string) =>
    new Conflict({
      code: 'deployment_in_use',
      // Deleted ones too: their rows stay for the history of their syncs.
      message: `Deployment "${deploymentId}" has or had courses, so it stays in the list of deployments.`,
    }),
};

export function isRegistrationNotFound(error: unknown): error is NotFound {
  return error instanceof NotFound && error.code === 'registration_not_found';
}
