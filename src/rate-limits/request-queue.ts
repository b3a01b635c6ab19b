interface Waiter {
  /** @param hasSlot false: this process has no slots any more */
  resolve: (hasSlot: boolean) => void;
}

/** A FIFO queue with a concurrency limit that changes while requests wait. */
export class RequestQueue {
  inFlight = 0;
  /** In their order: a Set removes from anywhere at once. */
  private readonly waiters = new Set<Waiter>();

  /**
   * @param concurrency how many requests may be in flight now
   * @param tryStart starts a request if the rate allows it; otherwise `admit` is called later
   */
  constructor(
    private readonly concurrency: () => number,
    private readonly tryStart: () => boolean,
  ) {}

  get waiting(): number {
    return this.waiters.size;
  }

  /** Takes a slot synchronously if one is free and no request waits, which is the usual case. */
  tryEnter(): boolean {
    return this.waiters.size === 0 && this.tryTake();
  }

  /**
   * Waits for a slot. Rejects with the signal's reason.
   *
   * @returns false if this process has no slots, now or later
   */
  async enter(signal: AbortSignal | undefined): Promise<boolean> {
    signal?.throwIfAborted();
    if (this.tryEnter()) return true;
    if (this.concurrency() === 0) return false;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.waiters.delete(waiter);
        reject(signal?.reason as Error);
      };
      const waiter: Waiter = {
        resolve: (hasSlot) => {
          signal?.removeEventListener('abort', onAbort);
          resolve(hasSlot);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.waiters.add(waiter);
    });
  }

  leave(): void {
    this.inFlight -= 1;
    this.admit();
  }

  /** Starts the waiting requests that may start now. Without slots all of them leave the queue. */
  admit(): void {
    for (const waiter of this.waiters) {
      const hasSlot = this.concurrency() > 0;
      if (hasSlot && !this.tryTake()) return;
      this.waiters.delete(waiter);
      waiter.resolve(hasSlot);
    }
  }

  private tryTake(): boolean {
    if (this.inFlight >= this.concurrency() || !this.tryStart()) return false;
    this.inFlight += 1;
    return true;
  }
}
