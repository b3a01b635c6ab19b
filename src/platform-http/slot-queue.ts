import { WaitingLine } from './waiting-line.js';

interface Waiter {
  /** @param entered whether it has a slot now; else there are none for this process */
  resolve: (entered: boolean) => void;
}

/** What lets the next one go. */
export interface Gate {
  /** How many may be in at once, now. */
  readonly slots: number;
  /** Whether the next one may go in now; who says no calls `admit` when that has changed. */
  mayGo(): boolean;
  /** One goes in. */
  went(): void;
}

/** So many at once; the others wait in line. */
export class SlotQueue {
  inFlight = 0;
  private readonly line = new WaitingLine<Waiter>();

  constructor(private readonly gate: Gate) {}

  get waiting(): number {
    return this.line.length;
  }

  /** Takes a slot when one is free and nobody waits: the usual case, which costs no turn of the event loop. */
  tryEnter(): boolean {
    if (this.line.length > 0 || this.inFlight >= this.gate.slots || !this.gate.mayGo()) return false;
    this.take();
    return true;
  }

  /**
   * Waits for a slot. Rejects with the signal's reason.
   *
   * @returns false when there are no slots at all, or no more
   */
  async enter(signal: AbortSignal | undefined): Promise<boolean> {
    signal?.throwIfAborted();
    if (this.tryEnter()) return true;
    if (this.gate.slots === 0) return false;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.line.remove(waiter);
        reject(signal?.reason as Error);
      };
      const waiter = {
        resolve: (entered: boolean) => {
          signal?.removeEventListener('abort', onAbort);
          resolve(entered);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.line.push(waiter);
    });
  }

  leave(): void {
    this.inFlight -= 1;
    this.admit();
  }

  /** Lets in who may go in now, or sends all away where there are no more slots. */
  admit(): void {
    if (this.line.length === 0) return;
    const { slots } = this.gate;
    if (slots === 0) this.sendAway();
    while (this.line.length > 0 && this.inFlight < slots && this.gate.mayGo()) {
      this.take();
      this.line.shift()?.resolve(true);
    }
  }

  private sendAway(): void {
    while (this.line.length > 0) this.line.shift()?.resolve(false);
  }

  private take(): void {
    this.inFlight += 1;
    this.gate.went();
  }
}
