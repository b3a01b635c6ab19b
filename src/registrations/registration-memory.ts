import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { StaleIfErrorCache } from '../database/stale-if-error.cache.js';
import { type Registration } from './registration.entity.js';
import { RegistrationListeners } from './registration-listeners.js';

const MAX_REGISTRATIONS = 10_000;

/** The registrations that this process used lately. What it changes itself is forgotten at once. */
@Injectable()
export class RegistrationMemory {
  private readonly copies: StaleIfErrorCache<Registration>;

  constructor(@Inject(Clock) clock: Clock, listeners: RegistrationListeners) {
    this.copies = new StaleIfErrorCache('registrations', MAX_REGISTRATIONS, clock);
    const forget = (id: string): Promise<void> => {
      this.forget(id);
      return Promise.resolve();
    };
    listeners.add({ registrationChanged: forget, registrationDeleted: forget });
  }

  recall(id: string, read: () => Promise<Registration>): Promise<Registration> {
    return this.copies.read(id, read);
  }

  forget(id: string): void {
    this.copies.forget(id);
  }
}
