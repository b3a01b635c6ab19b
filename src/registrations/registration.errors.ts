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
        `This issuer and client_id are registered already, as ${existingId}. Change that one, or delete it first. ` +
        'If this is another platform: platforms are told apart by issuer and client_id, so give it an issuer of its own ' +
        '(a self-hosted Canvas keeps that of the cloud until lti_iss is set in its config/security.yml), or register the ' +
        'tool there anew until the client_id differs.',
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
