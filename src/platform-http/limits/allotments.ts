import { fairShares } from './fair-shares.js';
import { type Allotment, type LimitRecord } from './limit-record.js';
import { type LimitTimes, limitTimes } from './limit-times.js';
import { boundsAt, type LimitBounds } from './slow-down.js';

/** What a process says of itself when it asks for its part. */
export interface AllotmentRequest {
  id: string;
  inFlight: number;
  /** Requests at once that it had use for since it last asked. */
  wants: number;
  full: LimitBounds;
  /** Requests a second that it sent lately; undefined where that is not known. */
  sent: number | undefined;
}

/** What it gets. */
export interface Grant {
  /** Requests at once, from now on. */
  slots: number;
  perSecond: number | undefined;
  /** Whether others have to give something back before it has its fair part. */
  isShort: boolean;
  /** Processes that use the platform. */
  processes: number;
}

/** Those that have not ended. */
export function livingHolders({ holders }: LimitRecord, nowMs: number): Allotment[] {
  return holders.filter(({ until }) => until > nowMs);
}

/**
 * After an outage of the database the parts have ended, but those who had them go on with them: until they can be renewed
 * they are not for others to take.
 */
export function sparedAfterOutage(record: LimitRecord, nowMs: number, termMs: number): LimitRecord {
  const lastEnd = Math.max(...record.holders.map(({ until }) => until));
  // One that ended long before the last one was gone before the outage.
  const spared = (holder: Allotment): Allotment =>
    holder.until > lastEnd - termMs ? { ...holder, until: nowMs + termMs } : holder;
  return { ...record, holders: record.holders.map(spared) };
}

/**
 * Gives a process its part, or renews it. It gets its fair part of what the others do not hold; one that holds more than
 * its fair part keeps the fair part. So the sum of all never grows above the platform's present limit, and sinks to it
 * within one round of renewals when that has sunk.
 */
export function allot(
  record: LimitRecord,
  request: AllotmentRequest,
  nowMs: number,
  { termMs, turnMs }: Pick<LimitTimes, 'termMs' | 'turnMs'> = limitTimes,
): { record: LimitRecord; grant: Grant } {
  const end = nowMs + termMs;
  // A clock that was set back makes nobody's part last longer.
  const living = livingHolders(record, nowMs).map((one) => ({ ...one, until: Math.min(one.until, end) }));
  const others = living.filter(({ id }) => id !== request.id);
  const present = living.find(({ id }) => id === request.id);
  const claim = {
    id: request.id,
    wants: request.wants,
    slots: present?.slots ?? 0,
    since: present?.since ?? nowMs,
  };
  const limit = boundsAt(record.slowDown, lowestOf(request.full, others), nowMs);

  const fair = fairShares(limit.slots, [...others, claim], nowMs, turnMs).get(request.id) ?? 0;
  const free = limit.slots - sumOf(others.map(({ slots }) => slots));
  const slots = Math.max(Math.min(fair, free), Math.min(fair, claim.slots));
  const perSecond = shareOfRate(limit, slots, present, others);

  // What is in flight cannot be called back, and so is held until it has come to its end.
  const held = Math.max(slots, request.inFlight);
  const holder: Allotment = {
    ...claim,
    slots: held,
    perSecond: perSecond ?? null,
    since: held > 0 === claim.slots > 0 ? claim.since : nowMs,
    until: end,
    full: { slots: request.full.slots, perSecond: request.full.perSecond ?? null },
    sent: request.sent ?? null,
  };
  return {
    record: { ...record, holders: [...others, holder] },
    grant: { slots, perSecond, isShort: slots < fair, processes: others.length + 1 },
  };
}

/** In proportion to the slots, and as with these no more than the others leave, but for what it has already. */
function shareOfRate(
  limit: LimitBounds,
  slots: number,
  present: Allotment | undefined,
  others: readonly Allotment[],
): number | undefined {
  if (limit.perSecond === undefined) return undefined;
  const fair = (limit.perSecond * slots) / limit.slots;
  const free = Math.max(0, limit.perSecond - sumOf(others.map(({ perSecond }) => perSecond ?? 0)));
  return Math.max(Math.min(fair, free), Math.min(fair, present?.perSecond ?? 0));
}

/** While processes with different settings run side by side, as in a deployment. */
function lowestOf(own: LimitBounds, others: readonly Allotment[]): LimitBounds {
  const rates = others.map(({ full }) => full.perSecond ?? Infinity);
  const perSecond = Math.min(own.perSecond ?? Infinity, ...rates);
  return {
    slots: Math.min(own.slots, ...others.map(({ full }) => full.slots)),
    perSecond: perSecond === Infinity ? undefined : perSecond,
  };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
