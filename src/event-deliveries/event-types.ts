import { type LtiEventMap } from '../common/lti-events.js';

/** The events that are stored and delivered, in the order of docs/events.md. `lti.launch.received` is for `@OnEvent` alone. */
export const ltiEventTypes = [
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
] as const satisfies readonly (keyof LtiEventMap)[];
/** The types of delivered events. */
export type LtiEventType = (typeof ltiEventTypes)[number];
