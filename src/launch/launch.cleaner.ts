import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { Intervals } from '../jobs/intervals.js';
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
  private readonly periodic = new Periodic(
    new Logger(LaunchCleaner.name),
    'Old nonces and sessions of launches could not be deleted',
    () => this.work(),
  );

  constructor(
    private readonly nonces: UsedNonceRepository,
    private readonly sessions: LaunchSessionService,
    private readonly registrations: RegistrationListeners,
    private readonly attempts: RegistrationAttemptService,
    private readonly invitations: RegistrationInvitationService,
    @Inject(Clock) private readonly clock: Clock,
    private readonly intervals: Intervals,
  ) {}

  onApplicationBootstrap(): void {
    this.registrations.add({
      registrationDeleted: (registrationId) => this.sessions.revokeOfRegistration(registrationId),
    });
    const consequence = 'Nonces and sessions of old launches are not deleted';
    this.intervals.start(this.periodic, INTERVAL, TICK_MS, consequence);
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
