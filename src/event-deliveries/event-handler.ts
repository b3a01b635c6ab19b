import { type LtiEventMap } from '../common/lti-events.js';
import { type LtiEventType } from './event-types.js';

/** An event as the `EventHandler` and webhooks get it: with ids, and without names, addresses or texts of platforms. */
export type LtiEvent = {
  [Type in LtiEventType]: {
    /** UUIDv7, the same in each delivery: by it a receiver knows an event that it has had. */
    id: string;
    /** Such as `lti.sync.completed`. */
    type: Type;
    /** Time of the change. */
    createdAt: Date;
    /** What `LtiEventMap` says, without `message`. */
    data: Omit<LtiEventMap[Type], 'message'> & { registrationId?: string };
  };
}[LtiEventType];

/**
 * The tool's own work on events, called at least once for each of them, in order per course. An event is stored with the change that
 * it reports, so no crash loses it, and a process that has the handler calls it within seconds. If it throws, takes longer than 5 minutes,
 * or its process dies, it is called again with growing pauses for 3 days: so it must do no harm twice. Until then later events of
 * the same course wait, and those of other courses do not.
 *
 * @example
 * class RosterEvents implements EventHandler {
 *   readonly types = ['lti.membership.removed' as const];
 *
 *   async handle({ id, data }: LtiEvent): Promise<void> {
 *     if ('userIds' in data) console.log(id, data.courseId, data.userIds);
 *   }
 * }
 */
export interface EventHandler {
  /** The events that are wanted; no others are stored. Default: all. */
  readonly types?: readonly LtiEventType[];
  /** Called one after the other for the events of a course. */
  handle(event: LtiEvent): void | Promise<void>;
}
/** The injection token of the `EventHandler` that was given to `LtiModule`. */
export const EventHandler = Symbol('EventHandler');
