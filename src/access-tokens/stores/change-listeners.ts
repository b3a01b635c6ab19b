import { Logger } from '@nestjs/common';

export type ChangeListener = (keyId: string | undefined) => void;

/** The listeners to the changes of a store. An EventEmitter would stop at the first listener that throws. */
export class ChangeListeners {
  private readonly logger = new Logger(ChangeListeners.name);
  private readonly listeners = new Set<ChangeListener>();

  /** @returns removes the listener */
  add(listener: ChangeListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** @param keyId undefined when changes may have been missed */
  notify(keyId: string | undefined): void {
    for (const listener of this.listeners) {
      try {
        listener(keyId);
      } catch (error) {
        // The fault of one listener affects neither the others nor the store's connection.
        this.logger.error(`A listener for changed access tokens failed: ${String(error)}`);
      }
    }
  }
}
