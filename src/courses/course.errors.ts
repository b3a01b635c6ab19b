import { LtiError } from '../common/lti-error.js';

export class CourseNotFound extends LtiError {
  readonly code = 'course_not_found';
  readonly status = 404;

  constructor(id: string) {
    super(`There is no course ${id}, or it or its registration was deleted.`);
  }
}

export class CourseExists extends LtiError {
  readonly code = 'course_exists';
  readonly status = 409;

  constructor(private readonly existingId: string) {
    super(`This context of the deployment is a course already: ${existingId}.`);
  }

  override details(): Record<string, unknown> {
    return { id: this.existingId };
  }
}

export class DeploymentNotFound extends LtiError {
  readonly code = 'deployment_not_found';
  readonly status = 404;

  constructor(deploymentId: string, registrationId: string) {
    super(
      `Registration ${registrationId} has no deployment "${deploymentId}". Add it to its deployments first.`,
    );
  }
}
