import { type LtiEventMap } from '../common/lti-events.js';

/** The events that are stored and delivered, in the order of docs/events.md. The others are for `@OnEvent` alone. */
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
] as const satisfies readonly (keyof LtiEventMap)[];
/** The types of delivered events. */
export type LtiEventType = (typeof ltiEventTypes)[number];
