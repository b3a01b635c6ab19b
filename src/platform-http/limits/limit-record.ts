import { type SlowDown } from './slow-down.js';

/** What all processes know of one platform's limit. Times are epoch ms by the database's clock. */
export interface LimitRecord {
  slowDown: SlowDown;
  /** The latest pause, also when it is over; the id tells a process whether it has heard of it. */
  pause: { id: string; until: number } | null;
  holders: Allotment[];
}

/** The part of one process. */
export interface Allotment {
  /** The process. */
  id: string;
  /** Requests that it may have in flight: what it was given, or what is still under way from when it had more. */
  slots: number;
  /** Requests a second; null where there is no bound. */
  perSecond: number | null;
  /** Requests at once that it had use for lately. */
  wants: number;
  /** When it last got its first slot, or lost its last one. */
  since: number;
  /** When it ends, unless it is renewed. */
  until: number;
  /** The full limit as that process is configured: with several, the lowest counts. */
  full: { slots: number; perSecond: number | null };
  /** Requests a second that it sent lately; null where that is not known. */
  sent: number | null;
}

export const NEW_RECORD: LimitRecord = {
  slowDown: { level: 1, since: 0, measured: null },
  pause: null,
  holders: [],
};
