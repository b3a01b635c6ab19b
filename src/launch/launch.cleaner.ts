import { Inject, Injectable, Logger, type OnApplicationBootstrap, Optional } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Clock } from '../common/clock.js';
import { Periodic } from '../jobs/periodic.js';
import { RegistrationAttemptService } from '../registrations/dynamic/registration-attempt.service.js';
import { RegistrationInvitationService } from '../registrations/dynamic/registration-invitation.service.js';
import { RegistrationListeners } from '../registrations/registration-listeners.js';
import { LaunchSessionService } from './sessions/launch-session.service.js';
import { UsedNonceRepository } from './used-nonce.repository.js';

const INTERVAL = 'nest-lti.launches';
const TICK_MS = 60_000;

/**
 * Deletes expired nonces and sessions, and old invitations and attempts of dynamic registrations, in each process. Ends the
 * sessions of a deleted registration.
 */
@Injectable()
export class LaunchCleaner implements OnApplicationBootstrap {
  private readonly logger = new Logger(LaunchCleaner.name);
  private readonly periodic = new Periodic(
    () => this.work(),
    (error) =>
      this.logger.error(`Old nonces and sessions of launches could not be deleted: ${String(error)}`),
  );

  constructor(
    private readonly nonces: UsedNonceRepository,
    private readonly sessions: LaunchSessionService,
    private readonly registrations: RegistrationListeners,
    private readonly attempts: RegistrationAttemptService,
    private readonly invitations: RegistrationInvitationService,
    @Inject(Clock) private readonly clock: Clock,
    // The registry of the host application, as for the course syncs.
    @Optional() private readonly registry?: SchedulerRegistry,
  ) {}

  onApplicationBootstrap(): void {
    this.registrations.add({
      registrationDeleted: (registrationId) => this.sessions.revokeOfRegistration(registrationId),
    });
    if (this.registry === undefined) {
      this.logger.warn(
        'Nonces and sessions of old launches are not deleted: add ScheduleModule.forRoot() of @nestjs/schedule.',
      );
      return;
    }
    this.periodic.start(this.registry, INTERVAL, TICK_MS);
  }

  /** One tick. A failure is logged; the next tick tries again. */
  tick(): Promise<void> {
    return this.periodic.tick();
  }

  private async work(): Promise<void> {
    await this.nonces.purge(this.clock.now());
    await this.sessions.purge();
    await this.attempts.purge();
    await this.invitations.purge();
  }
}
