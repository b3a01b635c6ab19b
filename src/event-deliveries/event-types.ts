import { type LtiEventType } from './event-handler.js';

/** In the order of docs/events.md. */
export const ltiEventTypes = [
  'lti.launch.received',
  'lti.course.copied',
  'lti.membership.added',
  'lti.membership.updated',
  'lti.membership.removed',
  'lti.results.updated',
  'lti.results.removed',
  'lti.line-items.removed',
  'lti.sync.completed',
  'lti.sync.failed',
  'lti.score.posted',
  'lti.score.rejected',
  'lti.delivery.suspended',
  'lti.user-grant.authorized',
  'lti.user-grant.ended',
] as const satisfies readonly LtiEventType[];
