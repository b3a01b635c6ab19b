import { randomUUID } from 'node:crypto';
import { type Clock } from '../../common/clock.js';
import { allot, type Grant, livingHolders, sparedAfterOutage } from './allotments.js';
import { type LimitRecord, NEW_RECORD } from './limit-record.js';
import { type StoredLimit } from './limit-table.js';
import { type LimitTimes } from './limit-times.js';
import { type PlatformShare, type PlatformTraffic, type Refusal } from './platform-limits.js';
import { refuse } from './refusals.js';
import { afterRefusal, boundsAt, levelAt, type LimitBounds, NOT_SLOWED, type SlowDown } from './slow-down.js';

/** So long a place among those who wait for a slot is kept: the one who was sent away may come back to it. */
const IDLE_IN_LINE_MS = 60_000;

/** What a share needs of the one that renews all of them. */
export interface ShareRenewal {
  /** The process. */
  readonly holderId: string;
  readonly full: LimitBounds;
  readonly times: LimitTimes;
  /** Processes that used some platform when that was last seen. */
  readonly processes: number;
  /** Resolves when the share is known. Never rejects. */
  join(share: SharedShare): Promise<void>;
  /** There is something to tell the others. */
  hurry(): void;
}

/** A step that becomes true when the database has taken it. */
export interface SharePlan {
  record: LimitRecord | undefined;
  /** Whether the part is given back. */
  leaves: boolean;
  settle: () => void;
}

interface PendingRefusal {
  pauseId: string;
  sentAtMs: number;
  pauseEndMs: number;
}

/**
 * This process' part of a limit that is shared through the database. Its row says at least what is in use here: it grows
 * before, and shrinks after. Allotments run by the machine's monotonic time, and pauses by the clock; what is told to the
 * database are spans of time, so that clocks may differ.
 */
export class SharedShare implements PlatformShare {
  private granted: LimitBounds = { slots: 0, perSecond: undefined };
  private isShort = false;
  private validUntilMs = 0;
  /** The database could not be asked, and what was last known, or a guess, has to do. */
  private isAssumed = false;
  /** The slow-down that the database has not taken yet. */
  private slowDown: SlowDown = NOT_SLOWED;
  private refusal: PendingRefusal | undefined;
  private heardPauseId: string | undefined;
  private toldPauseEndMs = 0;
  private heldSlots = 0;
  private wants = 0;
  private busyAtMs = 0;
  private isReleased = false;

  constructor(
    readonly origin: string,
    private readonly traffic: PlatformTraffic,
    private readonly renewal: ShareRenewal,
    private readonly clock: Clock,
  ) {}

  get slots(): number {
    return this.granted.slots === 0 ? 0 : this.bounds.slots;
  }

  get perSecond(): number | undefined {
    return this.bounds.perSecond;
  }

  get isKnown(): boolean {
    return this.isAssumed || performance.now() < this.validUntilMs;
  }

  /** How soon it should be renewed: ms; undefined where there is no hurry. */
  get urgencyMs(): number | undefined {
    if (this.refusal !== undefined || this.hasDrained) return 0;
    if (this.traffic.waiting === 0) return undefined;
    // The others give back what they have too much when their requests end.
    if (this.isShort) return this.renewal.times.renewalMs / 8;
    return this.granted.slots === 0 ? this.renewal.times.renewalMs / 2 : undefined;
  }

  known(): Promise<void> {
    this.busyAtMs = performance.now();
    return this.renewal.join(this);
  }

  left(): void {
    if (this.hasDrained) this.renewal.hurry();
  }

  refused({ sentAtMs, pauseEnd, isFirst }: Refusal): void {
    const pauseEndMs = pauseEnd.getTime();
    if (isFirst) {
      const { perSecond } = this.traffic;
      this.slowDown = afterRefusal(this.slowDown, this.clock.nowMs(), pauseEndMs, perSecond);
    }
    // The others know that already.
    if (!isFirst && pauseEndMs <= this.toldPauseEndMs) return;
    this.toldPauseEndMs = pauseEndMs;
    this.refusal = {
      pauseId: randomUUID(),
      sentAtMs: this.refusal?.sentAtMs ?? sentAtMs,
      pauseEndMs,
    };
    this.renewal.hurry();
  }

  release(): void {
    this.isReleased = true;
  }

  /** The database cannot be asked. What was known goes on; else a part that others leave, as far as is known. */
  assume(): void {
    if (this.isKnown) return;
    if (this.granted.slots === 0) {
      const { full, processes } = this.renewal;
      this.granted = {
        slots: Math.max(1, Math.floor(full.slots / processes)),
        perSecond: full.perSecond === undefined ? undefined : full.perSecond / processes,
      };
    }
    this.isAssumed = true;
    this.traffic.shareChanged();
  }

  /**
   * What is to be written for this process.
   *
   * @param nowMs when it was read, by the database's clock
   * @param askedAtMs the machine's time before that
   * @param isLast whether this process ends
   */
  plan(stored: StoredLimit | undefined, nowMs: number, askedAtMs: number, isLast: boolean): SharePlan {
    const read = this.read(stored?.record ?? NEW_RECORD, nowMs);
    this.hear(read, nowMs);
    this.wants = Math.max(this.wants, this.traffic.takePeak());
    if (this.wants > 0) this.busyAtMs = askedAtMs;

    const { refusal } = this;
    const record = refusal === undefined ? read : this.tell(refusal, read, nowMs);
    if (isLast || this.isIdle(askedAtMs)) return this.planToLeave(record, nowMs);

    const { holderId, full, times } = this.renewal;
    const { wants } = this;
    const { inFlight, perSecond: sent } = this.traffic;
    const next = allot(record, { id: holderId, inFlight, wants, full, sent }, nowMs, times);
    // Less is less at once; more is more when the others can see it.
    this.granted = { ...this.granted, slots: Math.min(this.granted.slots, next.grant.slots) };
    return {
      record: next.record,
      leaves: false,
      settle: () => this.settle(next.grant, Math.max(next.grant.slots, inFlight), askedAtMs, refusal),
    };
  }

  private get bounds(): LimitBounds {
    if (this.slowDown === NOT_SLOWED) return this.granted;
    return boundsAt(this.slowDown, this.granted, this.clock.nowMs());
  }

  /** What was in flight when it had to shrink has come to its end. */
  private get hasDrained(): boolean {
    return this.heldSlots > this.granted.slots && this.traffic.inFlight <= this.granted.slots;
  }

  private isIdle(nowMs: number): boolean {
    if (this.traffic.inFlight > 0 || this.traffic.waiting > 0) return false;
    const keptMs = this.granted.slots > 0 ? this.renewal.times.idleMs : IDLE_IN_LINE_MS;
    return this.isReleased || nowMs - this.busyAtMs >= keptMs;
  }

  private read(record: LimitRecord, nowMs: number): LimitRecord {
    // Ours ended while it was in use, so the database was away, and away for others, too.
    const hasLapsed = this.validUntilMs > 0 && performance.now() >= this.validUntilMs;
    if (!this.isAssumed && !hasLapsed) return record;
    return sparedAfterOutage(record, nowMs, this.renewal.times.termMs);
  }

  private hear({ pause }: LimitRecord, nowMs: number): void {
    if (pause === null || pause.id === this.heardPauseId) return;
    this.heardPauseId = pause.id;
    if (pause.until > nowMs) this.traffic.paused(new Date(this.clock.nowMs() + pause.until - nowMs));
  }

  private tell(refusal: PendingRefusal, read: LimitRecord, nowMs: number): LimitRecord {
    const ownNowMs = this.clock.nowMs();
    const sent = this.traffic.perSecond ?? null;
    const { holderId } = this.renewal;
    const holders = read.holders.map((holder) => (holder.id === holderId ? { ...holder, sent } : holder));
    const record = refuse(
      { ...read, holders },
      {
        pauseId: refusal.pauseId,
        sentAt: nowMs + refusal.sentAtMs - ownNowMs,
        pauseEnd: nowMs + refusal.pauseEndMs - ownNowMs,
      },
      nowMs,
    );
    this.heardPauseId = record.pause?.id;
    return record;
  }

  private planToLeave(record: LimitRecord, nowMs: number): SharePlan {
    // At once, so that whoever comes now asks for a new part.
    this.granted = { ...this.granted, slots: 0 };
    this.isAssumed = false;
    this.validUntilMs = 0;
    const holders = livingHolders(record, nowMs).filter(({ id }) => id !== this.renewal.holderId);
    const isPast =
      levelAt(record.slowDown, nowMs) === 1 && (record.pause === null || record.pause.until <= nowMs);
    return {
      record: holders.length === 0 && isPast ? undefined : { ...record, holders },
      leaves: true,
      settle: () => {
        this.heldSlots = 0;
        this.refusal = undefined;
      },
    };
  }

  private settle(grant: Grant, held: number, askedAtMs: number, told: PendingRefusal | undefined): void {
    this.granted = { slots: grant.slots, perSecond: grant.perSecond };
    this.isShort = grant.isShort;
    this.heldSlots = held;
    this.wants = 0;
    this.isAssumed = false;
    this.validUntilMs = askedAtMs + this.renewal.times.termMs;
    if (this.refusal === told) {
      this.refusal = undefined;
      this.slowDown = NOT_SLOWED;
    }
    this.traffic.shareChanged();
  }
}
