import { Conflict, NotFound } from '../common/reactions.errors.js';

export const courseErrors = {
  notFound: (id: string) =>
    new NotFound({
      code: 'course_not_found',
      message: `There is no course ${id}, or it or its registration was deleted.`,
    }),
  exists: (existingId: string) =>
    new Conflict({
      code: 'course_exists',
      message: `This context of the deployment is already a course: ${existingId}.`,
      details: { id: existingId },
    }),
  deploymentNotFound: (deploymentId: string, registrationId: string) =>
    new NotFound({
      code: 'deployment_not_found',
      message: `Registration ${registrationId} has no deployment "${deploymentId}". Add it to its deployments first.`,
    }),
  /** The launches of the course named no line items URL: it has no gradebook for the tool. */
  withoutLineItems: (id: string) =>
    new Conflict({
      code: 'course_without_line_items',
      specRef: 'AGS 2.0 3.1',
      message:
        `Course ${id} has no line items URL: the platform has not offered its grade services there. Ask its ` +
        'administrator to enable them for this tool, and launch it again.',
    }),
};
