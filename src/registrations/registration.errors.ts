import { LtiError } from '../common/lti-error.js';

export class RegistrationNotFound extends LtiError {
  readonly code = 'registration_not_found';
  readonly status = 404;

  constructor(id: string) {
    super(`There is no registration ${id}, or it was deleted.`);
  }
}

export class RegistrationExists extends LtiError {
  readonly code = 'registration_exists';
  readonly status = 409;

  constructor(private readonly existingId: string) {
    super(
      `This issuer and client_id are registered already, as ${existingId}. Change that one, or delete it first. ` +
        'If this is another platform: platforms are told apart by issuer and client_id, so give it an issuer of its own ' +
        '(a self-hosted Canvas keeps that of the cloud until lti_iss is set in its config/security.yml), or register the ' +
        'tool there anew until the client_id differs.',
    );
  }

  override details(): Record<string, unknown> {
    return { id: this.existingId };
  }
}

export class DeploymentInUse extends LtiError {
  readonly code = 'deployment_in_use';
  readonly status = 409;

  constructor(deploymentId: string) {
    // Deleted ones too: their rows stay for the history of their syncs.
    super(`Deployment "${deploymentId}" has or had courses, so it stays in the list of deployments.`);
  }
}
