import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { StaleIfErrorCache } from '../database/stale-if-error.cache.js';
import { type Registration } from './registration.entity.js';
import { RegistrationListeners } from './registration-listeners.js';

const MAX_REGISTRATIONS = 10_000;

/** The registrations that this process has used lately. A registration that this process changes or deletes is removed at once. */
@Injectable()
export class RegistrationMemory extends StaleIfErrorCache<Registration> {
  constructor(@Inject(Clock) clock: Clock, listeners: RegistrationListeners) {
    super('registrations', MAX_REGISTRATIONS, clock);
    const forget = (id: string): Promise<void> => {
      this.forget(id);
      return Promise.resolve();
    };
    listeners.add({ registrationChanged: forget, registrationDeleted: forget });
  }
}
