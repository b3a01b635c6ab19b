import { setTimeout as delay } from 'node:timers/promises';
import { type Clock } from 'nest-lti';

/** The part of a Clock that this folder needs. */
export type ServerClock = Pick<Clock, 'now' | 'sleep'>;

/** The machine's time. A copy of SystemClock's, because this folder loads nothing of nest-lti at run time. */
export const systemClock: ServerClock = {
  // eslint-disable-next-line no-restricted-syntax -- where the machine's time comes in
  now: () => new Date(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
};
