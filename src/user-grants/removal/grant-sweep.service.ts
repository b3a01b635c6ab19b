import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { Leases } from '../../database/leases.js';
import { Intervals } from '../../jobs/intervals.js';
import { Periodic } from '../../jobs/periodic.js';
import { RegistrationListeners } from '../../registrations/registration-listeners.js';
import { UserGrantClientService } from '../clients/user-grant-client.service.js';
import { ConsentStateRepository } from '../consent/consent-state.repository.js';
import { type UserGrant } from '../user-grant.entity.js';
import { UserGrantsRepository } from '../user-grants.repository.js';
import { GrantRemovalService } from './grant-removal.service.js';

const INTERVAL = 'nest-lti.user-grants';
const TICK_MS = 60_000;
const LEASE = 'user-grants sweep';
const LEASE_TERM_MS = 10_000;
const PAGE = 100;
const AT_ONCE = 4;
/** After this time a grant is deleted even if its revocation fails. Its tokens then expire by themselves. */
const GIVE_UP_MS = 86_400_000;

/** Revokes the grants of deleted registrations, retries failed revocations, and deletes old consent states. */
@Injectable()
export class GrantSweepService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(GrantSweepService.name);
  private readonly periodic = new Periodic(
    this.logger,
    'Ended user grants could not be deleted',
    async (stopping) => {
      const terms = { termMs: LEASE_TERM_MS, signal: stopping };
      await this.leases.tryHold(LEASE, terms, ({ signal }) => this.sweep(signal));
    },
  );

  constructor(
    private readonly grants: UserGrantsRepository,
    private readonly clients: UserGrantClientService,
    private readonly removal: GrantRemovalService,
    private readonly states: ConsentStateRepository,
    private readonly leases: Leases,
    private readonly registrations: RegistrationListeners,
    @Inject(Clock) private readonly clock: Clock,
    private readonly intervals: Intervals,
  ) {}

  onApplicationBootstrap(): void {
    this.registrations.add({ registrationDeleted: (id) => this.removeAll(id) });
    const consequence = 'Failed revocations of user grants are not retried';
    this.intervals.start(this.periodic, INTERVAL, TICK_MS, consequence);
  }

  /** Stops the sweep. Another process revokes the other grants. */
  beforeApplicationShutdown(): Promise<void> {
    return this.periodic.stop();
  }

  /** Ends all grants of a registration at once. They are revoked at the platform in the background. */
  async removeAll(registrationId: string): Promise<void> {
    await this.clients.markDeleted(registrationId);
    await this.grants.revokeOfRegistration(registrationId);
    void this.tick();
  }

  /** A sweep that begins after this call. A failure is logged; the next tick tries again. */
  tick(): Promise<void> {
    return this.periodic.next();
  }

  private async sweep(signal: AbortSignal): Promise<void> {
    await this.clients.markDeletedWithRegistration();
    // Includes grants of consents that were completed while their client was replaced or deleted.
    await this.grants.revokeWithClients();
    const giveUpBefore = new Date(this.clock.nowMs() - GIVE_UP_MS);
    let failures = 0;
    let cursor: string | undefined;
    do {
      const page = await this.grants.leftBehind(PAGE, cursor);
      cursor = page.length < PAGE ? undefined : page.at(-1)?.id;
      const queue = [...page];
      const worker = async (): Promise<void> => {
        for (let grant = queue.shift(); grant !== undefined && !signal.aborted; grant = queue.shift())
          if (!(await this.finish(grant, giveUpBefore))) failures += 1;
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
    } while (cursor !== undefined && !signal.aborted);
    if (failures > 0)
      this.logger.warn(`${failures} user grants could not be revoked at their platforms. This is retried.`);
    await this.states.purge();
    await this.clients.purge();
  }

  private async finish(grant: UserGrant, giveUpBefore: Date): Promise<boolean> {
    try {
      await this.removal.finish(grant);
      return true;
    } catch (error) {
      if (grant.updatedAt.getTime() > giveUpBefore.getTime()) return false;
      this.logger.warn(
        `User grant ${grant.id} is deleted, but it was not revoked at its platform: ${String(error)}`,
      );
      await this.grants.deleteRevoked(grant.id);
      return true;
    }
  }
}
