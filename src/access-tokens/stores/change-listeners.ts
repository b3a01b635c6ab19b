import { Logger } from '@nestjs/common';

export type ChangeListener = (keyId: string | undefined) => void;

/** Those who want to hear of changes in a store. */
export class ChangeListeners {
  private readonly logger = new Logger(ChangeListeners.name);
  private readonly listeners = new Set<ChangeListener>();

  /** @returns ends it */
  add(listener: ChangeListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** @param keyId undefined when changes may have been missed */
  tell(keyId: string | undefined): void {
    for (const listener of this.listeners) {
      try {
        listener(keyId);
      } catch (error) {
        // Its own fault: neither the others nor the store's connection shall pay for it.
        this.logger.error(`A listener to changes of tokens failed: ${String(error)}`);
      }
    }
  }
}
