import { Injectable } from '@nestjs/common';

/** What others do when a registration changes: forget its tokens, cancel its syncs. */
export interface RegistrationListener {
  registrationChanged?(registrationId: string): Promise<void>;
  registrationDeleted?(registrationId: string): Promise<void>;
}

/** Lets the features above hear of changes without this one knowing them. */
@Injectable()
export class RegistrationListeners {
  private readonly listeners: RegistrationListener[] = [];

  add(listener: RegistrationListener): void {
    this.listeners.push(listener);
  }

  async changed(registrationId: string): Promise<void> {
    for (const listener of this.listeners) await listener.registrationChanged?.(registrationId);
  }

  async deleted(registrationId: string): Promise<void> {
    for (const listener of this.listeners) await listener.registrationDeleted?.(registrationId);
  }
}
