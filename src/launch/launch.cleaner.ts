import { Inject, Injectable, Logger, type OnApplicationBootstrap, Optional } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Clock } from '../common/clock.js';
import { RegistrationListeners } from '../registrations/registration-listeners.js';
import { LaunchSessions } from './sessions/launch-sessions.service.js';
import { UsedNonces } from './used-nonces.repository.js';

const INTERVAL = 'nest-lti.launches';
const TICK_MS = 60_000;

/** Clears away what launches leave behind, on every instance, and ends the sessions of a registration that goes. */
@Injectable()
export class LaunchCleaner implements OnApplicationBootstrap {
  private readonly logger = new Logger(LaunchCleaner.name);
  private ticking = false;

  constructor(
    private readonly nonces: UsedNonces,
    private readonly sessions: LaunchSessions,
    private readonly registrations: RegistrationListeners,
    @Inject(Clock) private readonly clock: Clock,
    // The host's own, as for the course syncs.
    @Optional() private readonly registry?: SchedulerRegistry,
  ) {}

  onApplicationBootstrap(): void {
    this.registrations.add({
      registrationDeleted: (registrationId) => this.sessions.revokeOfRegistration(registrationId),
    });
    if (this.registry === undefined) {
      this.logger.warn(
        'Nonces and sessions of old launches are not cleared away: add ScheduleModule.forRoot() of @nestjs/schedule.',
      );
      return;
    }
    this.registry.addInterval(
      INTERVAL,
      setInterval(() => void this.tick(), TICK_MS),
    );
  }

  /** One tick. A failing one is logged; the next one tries again. */
  async tick(): Promise<void> {
    if (this.ticking) return;
    this.ticking = true;
    try {
      await this.nonces.purge(this.clock.now());
      await this.sessions.purge();
    } catch (error) {
      this.logger.error(`What old launches left could not be cleared away: ${String(error)}`);
    } finally {
      this.ticking = false;
    }
  }
}
