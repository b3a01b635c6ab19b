import { type Database } from 'lmdb';

const POLL_MS = 100;
/** A process that misses more changes than this between two looks is told that it has missed some. */
const KEPT = 1000;

type Listener = (keyId: string | undefined) => void;

/**
 * The latest changes of the store, numbered. LMDB notifies no other process, so each process that listens looks for new numbers: a
 * read of its memory.
 */
export class ChangeLog {
  private readonly listeners = new Map<symbol, Listener>();
  private timer: NodeJS.Timeout | undefined;
  private seen = 0;

  constructor(private readonly changes: Database<string, number>) {}

  /** Called in the transaction of the change. */
  append(keyId: string): void {
    const number = this.last() + 1;
    this.changes.putSync(number, keyId);
    this.changes.removeSync(number - KEPT);
  }

  /** @returns removes the listener */
  listen(listener: Listener): () => void {
    if (this.listeners.size === 0) this.seen = this.last();
    const id = Symbol('listener');
    this.listeners.set(id, listener);
    this.timer ??= setInterval(() => this.look(), POLL_MS).unref();
    return () => {
      this.listeners.delete(id);
      if (this.listeners.size === 0) this.stop();
    };
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.listeners.clear();
  }

  private look(): void {
    for (const { key, value } of [...this.changes.getRange({ start: this.seen + 1 })]) {
      if (key > this.seen + 1) this.notify(undefined);
      this.seen = key;
      this.notify(value);
    }
  }

  private notify(keyId: string | undefined): void {
    for (const listener of this.listeners.values()) listener(keyId);
  }

  private last(): number {
    const [number = 0] = this.changes.getKeys({ reverse: true, limit: 1 });
    return number;
  }
}
