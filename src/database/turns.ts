/** One at a time for each name, within this process, in the order in which they came. */
export class Turns {
  /** Who waits, the first one first. There is an entry while somebody has the turn. */
  private readonly waiting = new Map<string, Set<() => void>>();

  isTaken(name: string): boolean {
    return this.waiting.has(name);
  }

  /** Does the work when it is its turn; at once, without letting anybody in between, where nobody has it. */
  async run<T>(name: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    await this.take(name, signal);
    try {
      return await work();
    } finally {
      this.pass(name);
    }
  }

  private take(name: string, signal: AbortSignal | undefined): Promise<void> | undefined {
    signal?.throwIfAborted();
    const waiting = this.waiting.get(name);
    if (waiting === undefined) {
      this.waiting.set(name, new Set());
      return undefined;
    }
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        waiting.delete(begin);
        reject(signal?.reason as Error);
      };
      waiting.add(begin);
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  }

  private pass(name: string): void {
    const waiting = this.waiting.get(name);
    const [next] = waiting ?? [];
    if (next === undefined) {
      this.waiting.delete(name);
      return;
    }
    waiting?.delete(next);
    next();
  }
}
