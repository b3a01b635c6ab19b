/**
 * Shares work in progress: calls with the same key get the same promise. p-memoize and lru-cache's `fetch` do that, too, but
 * cannot wait until no work is in progress, which a shutdown needs.
 */
export class SingleFlight<T> {
  private readonly inFlight = new Map<string, Promise<T>>();

  /** The work in progress under a key, if there is any. */
  get(key: string): Promise<T> | undefined {
    return this.inFlight.get(key);
  }

  /** Joins the work in progress, or starts it synchronously. */
  run(key: string, work: () => Promise<T>): Promise<T> {
    const present = this.inFlight.get(key);
    if (present !== undefined) return present;
    const started = work().finally(() => {
      if (this.inFlight.get(key) === started) this.inFlight.delete(key);
    });
    this.inFlight.set(key, started);
    return started;
  }

  /** The next call starts the work again. Without a key, this applies to all keys. */
  forget(key?: string): void {
    if (key === undefined) this.inFlight.clear();
    else this.inFlight.delete(key);
  }

  /** Resolves when no work is in progress. */
  async settled(): Promise<void> {
    while (this.inFlight.size > 0) await Promise.allSettled(this.inFlight.values());
  }
}
