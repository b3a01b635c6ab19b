import { NOT_REDUCED, reducedLimit } from './limit-reduction.js';
import { type RateLimiter } from './rate-limiter.js';
import { type SharedSlots } from './shared-slots.js';
import { slotShare } from './slot-share.js';
import { type PlatformRows, type PlatformUser, type SlotChange } from './slot-table.js';

/**
 * The slots of one platform that this process holds. Its limiter uses fewer before they are freed, and more after they
 * are taken, so the requests in flight never exceed the rows. Expiry runs by the machine's monotonic time.
 */
export class PlatformSlots {
  private held = 0;
  private share = 0;
  private validUntilMs = 0;
  /** The database did not answer: the last known slots, or a guess, are used. */
  private isAssumed = false;
  private busyAtMs = 0;
  private refusedAtMs = 0;
  /** Since this process began to use the platform. */
  private renewals = 0;
  /** The cooldown that the limiter knows. */
  private cooldownId: string | undefined;

  constructor(
    private readonly limiter: RateLimiter,
    private readonly shared: Sharing,
  ) {}

  get origin(): string {
    return this.limiter.origin;
  }

  get isKnown(): boolean {
    return this.isAssumed || performance.now() < this.validUntilMs;
  }

  /** How soon the database should be asked again: ms; undefined: at the usual time. */
  get urgencyMs(): number | undefined {
    if (this.hasUnusedSlots) return 0;
    const soon = this.shared.times.renewalMs / 8;
    // Processes that begin together, as at a scheduled sync, do not see each other at first: one of them has all slots.
    if (this.renewals === 1) return soon;
    const { slots } = this.limiter.grant;
    // Other processes free slots when their requests end.
    const isShort = slots === 0 || slots < this.share;
    return isShort && this.limiter.waiting > 0 ? soon : undefined;
  }

  /** Resolves within half a second. Never rejects. */
  known(): Promise<void> {
    this.busyAtMs = performance.now();
    return this.shared.join(this);
  }

  requestEnded(): void {
    if (this.hasUnusedSlots) this.shared.renewNow();
  }

  /** The limiter has a new reduction, which starts with a cooldown. */
  refused(cooldownMs: number): void {
    this.refusedAtMs = performance.now();
    this.shared.refused(this, this.limiter.reduction, cooldownMs);
  }

  /** The cooldown of this process has an id now; undefined: another process has a longer one. */
  cooldownStored(cooldownId: string | undefined): void {
    if (cooldownId !== undefined) this.cooldownId = cooldownId;
  }

  /** The database does not answer: the last known slots are used; without any, a share of the slots as a guess. */
  assume(): void {
    if (this.isKnown) return;
    const { grant } = this.limiter;
    if (grant.slots === 0) {
      const slots = Math.max(1, Math.floor(grant.of / this.shared.processes));
      this.limiter.grant = { ...grant, slots };
    }
    this.isAssumed = true;
    this.limiter.changed();
  }

  /** @returns whether the platform was not used for long; then the slots are not used any more */
  leaveIfIdle(): boolean {
    const nowMs = performance.now();
    if (this.limiter.inFlight > 0 || this.limiter.waiting > 0) this.busyAtMs = nowMs;
    if (nowMs - this.busyAtMs < this.shared.times.idleMs) return false;
    this.limiter.grant = { ...this.limiter.grant, slots: 0 };
    this.isAssumed = false;
    this.validUntilMs = 0;
    this.renewals = 0;
    return true;
  }

  user(): Omit<PlatformUser, 'processId'> & { origin: string } {
    const { concurrency, perSecond = null } = this.shared.limit;
    const sent = this.limiter.perSecond ?? null;
    return { origin: this.origin, wanted: this.limiter.takePeak(), sent, concurrency, perSecond };
  }

  /**
   * Compares the slots in the database with the share of this process. The limiter uses the lower one at once.
   *
   * @param askedAtMs monotonic: when the rows were asked for
   */
  plan({ users, held, turn, refusal }: PlatformRows, nowMs: number, askedAtMs: number): SlotChange {
    if (refusal !== null && refusal.cooldownId !== this.cooldownId) {
      this.cooldownId = refusal.cooldownId;
      if (refusal.cooldownEnd > nowMs) this.limiter.refusedElsewhere(refusal.cooldownEnd);
    }
    // A refusal since then is not in the rows.
    if (this.refusedAtMs < askedAtMs) this.limiter.reduction = refusal ?? NOT_REDUCED;
    // The lowest settings count while processes differ, as in a deployment.
    const lowest = Math.min(...users.map(({ perSecond }) => perSecond ?? Infinity));
    const limit = {
      concurrency: Math.min(...users.map(({ concurrency }) => concurrency)),
      perSecond: lowest === Infinity ? undefined : lowest,
    };
    const { concurrency } = reducedLimit(this.limiter.reduction, limit, nowMs);
    const { processId } = this.shared;
    this.share = slotShare(concurrency, users, processId, turn);
    // Slots above a reduced limit are not used.
    const slots = Math.min(this.share, held.filter((slot) => slot <= concurrency).length);
    this.held = Math.min(held.length, Math.max(slots, this.limiter.inFlight));
    const others = users.filter((user) => user.processId !== processId);
    const othersPerSecond = others.reduce((sum, { sent }) => sum + (sent ?? 0), 0);
    this.limiter.grant = { slots, of: concurrency, limit, othersPerSecond };
    return {
      origin: this.origin,
      free: held.slice(this.held),
      take: this.share - slots,
      limit: concurrency,
    };
  }

  /** Applies the outcome of the statements: the surplus slots were freed, and `taken` slots were taken. */
  settle(taken: number, validUntilMs: number): void {
    const { grant } = this.limiter;
    this.limiter.grant = { ...grant, slots: grant.slots + taken };
    this.held += taken;
    this.renewals += 1;
    this.validUntilMs = validUntilMs;
    this.isAssumed = false;
    this.limiter.changed();
  }

  /** Requests that were in flight when the share shrank have ended. */
  private get hasUnusedSlots(): boolean {
    const { slots } = this.limiter.grant;
    return this.held > slots && this.limiter.inFlight <= slots;
  }
}

type Sharing = Pick<
  SharedSlots,
  'processId' | 'limit' | 'times' | 'processes' | 'join' | 'renewNow' | 'refused'
>;
