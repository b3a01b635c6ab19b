import { livingHolders } from './allotments.js';
import { type LimitRecord } from './limit-record.js';
import { afterRefusal } from './slow-down.js';

/** A request that the platform refused because there are too many. Times are epoch ms by the database's clock. */
export interface SharedRefusal {
  /** Names the pause that it begins. */
  pauseId: string;
  sentAt: number;
  /** When the platform may be asked again. */
  pauseEnd: number;
}

/** Durations of two machines are compared, so moments that are as close as this are the same. */
const TOLERANCE_MS = 100;

/**
 * Pauses the platform and slows it down, for all. What was sent before the present pause belongs to the refusal that began
 * it: it slows nothing down a second time, and at most makes the pause longer.
 */
export function refuse(record: LimitRecord, refusal: SharedRefusal, nowMs: number): LimitRecord {
  const { pause, slowDown } = record;
  if (pause !== null && refusal.sentAt < pause.until - TOLERANCE_MS) {
    if (refusal.pauseEnd <= pause.until + TOLERANCE_MS) return record;
    return {
      ...record,
      pause: { id: refusal.pauseId, until: refusal.pauseEnd },
      slowDown: { ...slowDown, since: refusal.pauseEnd },
    };
  }
  return {
    ...record,
    pause: { id: refusal.pauseId, until: refusal.pauseEnd },
    slowDown: afterRefusal(slowDown, nowMs, refusal.pauseEnd, measuredBy(record, nowMs)),
  };
}

/** Requests a second of all processes; undefined where none of them can tell. */
function measuredBy(record: LimitRecord, nowMs: number): number | undefined {
  const sent = livingHolders(record, nowMs).flatMap((holder) => (holder.sent === null ? [] : [holder.sent]));
  return sent.length === 0 ? undefined : sent.reduce((sum, perSecond) => sum + perSecond, 0);
}
