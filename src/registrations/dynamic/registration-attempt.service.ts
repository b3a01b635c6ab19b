import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThan, Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../../common/clock.js';
import { LtiError } from '../../common/lti-error.js';
import { type Page, pageOf, type PageQuery } from '../../common/page.schema.js';
import { withoutQuery } from '../../common/query.js';
import { Conflict, InvalidRequest, type PlatformRefused } from '../../common/reactions.errors.js';
import { idPage } from '../../database/id-page.js';
import { LTI_DATA_SOURCE } from '../../database/lti-data-source.js';
import { type Registration } from '../registration.entity.js';
import { RegistrationService } from '../registration.service.js';
import { DynamicRegistration } from './dynamic-registration.entity.js';
import { dynamicRegistrationErrors } from './dynamic-registration.errors.js';
import { type DynamicRegistrationView, type FinishRegistration } from './dynamic-registration.schema.js';
import { type PlatformConfiguration } from './platform-configuration.js';
import { type RegistrationAnswer } from './registration-answer.js';
import { type RegistrationInvitation } from './registration-invitation.entity.js';
import { RegistrationInvitationService } from './registration-invitation.service.js';
import { type RegistrationRequest } from './registration-request.js';

/** The outcome that the administrator sees. */
export interface CompletedRegistration {
  registration: Registration;
  /** Whether the registration was there before. */
  isUpdate: boolean;
  platform: PlatformConfiguration;
}

/** How long attempts are kept. */
const KEPT_MS = 90 * 86_400_000;
/** The most attempts with one invitation: a platform that refuses each does not fill the table. */
const MAX_ATTEMPTS = 10;
/** A platform that can change these can sign launches, or get tokens, as this registration. */
const TRUSTED_SETTINGS = [
  'authorizationUrl',
  'tokenUrl',
  'jwksUrl',
  'tokenAudience',
  'idTokenAlgorithm',
] as const;

/** The registrations that platforms were asked for: stores their outcome, and lets the operator finish or discard those that stopped. */
@Injectable()
export class RegistrationAttemptService {
  constructor(
    @InjectRepository(DynamicRegistration, LTI_DATA_SOURCE)
    private readonly attempts: Repository<DynamicRegistration>,
    private readonly registrations: RegistrationService,
    private readonly invitations: RegistrationInvitationService,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Before the platform is asked, so that an answer that is lost can be entered by hand. Uses the invitation up.
   *
   * @returns the id of the attempt
   * @throws {AccessDenied} `registration_invitation_invalid`
   */
  async record(
    platform: PlatformConfiguration,
    request: RegistrationRequest,
    invitation: RegistrationInvitation | undefined,
  ): Promise<string> {
    const id = uuidv7();
    // In one transaction: an invitation that is used up always has an attempt to finish or discard.
    await this.attempts.manager.transaction(async (manager) => {
      if (invitation !== undefined) await this.invitations.use(invitation, manager);
      await manager.insert(DynamicRegistration, {
        id,
        invitationId: invitation?.id ?? null,
        status: 'sent',
        issuer: platform.issuer,
        // An object literal: TypeORM's type of a jsonb value takes no lists that are read-only.
        // Without the query of the registration URL: at Blackboard it holds the token.
        configuration: {
          ...platform,
          registrationUrl: withoutQuery(new URL(platform.registrationUrl)).href,
        } as DynamicRegistration['configuration'] & object,
        requestedScopes: request.scope.split(' ').filter((scope) => scope !== ''),
        createdAt: this.clock.now(),
      });
    });
    return id;
  }

  /**
   * Stores the registration that the platform answered with.
   *
   * @throws {Conflict} `registration_confirmation_required`, `dynamic_registration_settled`
   */
  async complete(id: string, answer: RegistrationAnswer): Promise<CompletedRegistration> {
    const { affected } = await this.attempts.update(
      { id, status: 'sent' },
      {
        status: 'answered',
        clientId: answer.clientId,
        deploymentId: answer.deploymentId ?? null,
        ...(answer.scopes !== undefined &&
          answer.scopes.length > 0 && { requestedScopes: [...answer.scopes] }),
      },
    );
    const answered = await this.get(id);
    if (affected === 0) throw dynamicRegistrationErrors.settled(id, answered.status);
    await this.refuseDoubtful(answered);
    return this.store(answered);
  }

  /** Stores the reason. The attempt stays open: the platform may have the tool. */
  async fail(id: string, error: unknown): Promise<void> {
    await this.attempts.update({ id }, { error: reasonOf(error) });
  }

  /** The platform refused the attempt, which is final. The invitation can be used again, unless this was the tenth refusal. */
  async refuse(
    id: string,
    error: PlatformRefused,
    invitation: RegistrationInvitation | undefined,
  ): Promise<void> {
    await this.attempts.manager.transaction(async (manager) => {
      const refused = { status: 'refused' as const, error: reasonOf(error), settledAt: this.clock.now() };
      await manager.update(DynamicRegistration, { id }, refused);
      if (invitation === undefined) return;
      const attempts = await manager.countBy(DynamicRegistration, { invitationId: invitation.id });
      if (attempts < MAX_ATTEMPTS) await this.invitations.release(invitation, manager);
    });
  }

  /** Deletes attempts that are older than 90 days, also those that no operator has finished. */
  async purge(): Promise<void> {
    await this.attempts.delete({ createdAt: LessThan(new Date(this.clock.nowMs() - KEPT_MS)) });
  }

  /** The newest first, unless the query has another order. */
  async list(query: PageQuery): Promise<Page<DynamicRegistrationView>> {
    const { after, find, page } = idPage(query);
    const rows = await this.attempts.find({ where: after, ...find });
    return pageOf(rows, page, ({ id }) => id, viewDynamicRegistration);
  }

  /**
   * Stores the registration of an attempt whose answer or commit was lost.
   *
   * @param input `clientId` as the platform shows it, unless its answer came
   * @throws {NotFound} `dynamic_registration_not_found`, {Conflict} `dynamic_registration_settled`, InvalidRequest
   */
  async finish(id: string, input: FinishRegistration): Promise<DynamicRegistrationView> {
    const attempt = await this.unsettled(id);
    const clientId = input.clientId ?? attempt.clientId;
    if (clientId === null) {
      const message = 'is needed: the answer of the platform did not come. Look it up in the platform';
      throw InvalidRequest.of([{ field: 'clientId', message }]);
    }
    const deploymentId = input.deploymentId ?? attempt.deploymentId;
    await this.store(Object.assign(attempt, { clientId, deploymentId }));
    return viewDynamicRegistration(await this.get(id));
  }

  /** Gives an attempt up. @throws {NotFound} `dynamic_registration_not_found`, {Conflict} `dynamic_registration_settled` */
  async discard(id: string): Promise<void> {
    const { status } = await this.unsettled(id);
    const { affected } = await this.attempts.update(
      { id, status },
      { status: 'discarded', settledAt: this.clock.now() },
    );
    if (affected === 0) throw dynamicRegistrationErrors.settled(id, (await this.get(id)).status);
  }

  /**
   * A platform chooses the client id of its answer. With that of another platform it would get assertions that are valid there,
   * and with changed URLs it could take a registration over. Then the operator decides, by `finish`.
   *
   * @throws {Conflict} `registration_confirmation_required`
   */
  private async refuseDoubtful({ id, issuer, clientId, configuration }: DynamicRegistration): Promise<void> {
    const known = await this.registrations.ofClient(clientId ?? '');
    const isForeign = known.some((registration) => registration.issuer !== issuer);
    const isChanged = known.some(
      (registration) =>
        registration.deletedAt === null &&
        TRUSTED_SETTINGS.some((name) => registration[name] !== (configuration[name] ?? null)),
    );
    if (!isForeign && !isChanged) return;
    const reason = isForeign
      ? 'by a registration of another platform'
      : 'the registration has other URLs or another algorithm';
    const doubt = dynamicRegistrationErrors.confirmationRequired(id, reason);
    await this.attempts.update({ id }, { error: doubt.message });
    throw doubt;
  }

  private async store(attempt: DynamicRegistration): Promise<CompletedRegistration> {
    const { id, configuration: platform, clientId, deploymentId } = attempt;
    const deployments = deploymentId === null ? [] : [deploymentId];
    const fields = {
      authorizationUrl: platform.authorizationUrl,
      tokenUrl: platform.tokenUrl,
      jwksUrl: platform.jwksUrl,
      tokenAudience: platform.tokenAudience,
      idTokenAlgorithm: platform.idTokenAlgorithm,
      platformFamily: platform.platformFamily,
      ...(attempt.requestedScopes.length > 0 && { scopes: attempt.requestedScopes }),
    };
    const name = await this.nameOf(attempt);
    const created = { ...fields, name, issuer: platform.issuer, clientId: clientId ?? '', deployments };
    let registration: Registration;
    let isUpdate = false;
    try {
      registration = await this.registrations.create(created);
    } catch (error) {
      const existing = existingOf(error);
      if (existing === undefined) throw error;
      isUpdate = true;
      registration = await this.registrations.extend(existing, { ...fields, deployments });
    }
    if (!registration.deployments.some(({ status }) => status === 'active')) {
      await this.registrations.awaitDeployment(registration.id);
      registration = await this.registrations.get(registration.id);
    }
    await this.attempts.update(
      { id },
      {
        status: 'stored',
        clientId,
        deploymentId,
        registrationId: registration.id,
        error: null,
        settledAt: this.clock.now(),
      },
    );
    return { registration, isUpdate, platform };
  }

  /** The name of the invitation; without one the host of the issuer, cut to the length of a name. */
  private async nameOf({ invitationId, issuer }: DynamicRegistration): Promise<string> {
    const name = invitationId === null ? undefined : await this.invitations.nameOf(invitationId);
    return name ?? new URL(issuer).host.slice(0, 255);
  }

  private async unsettled(id: string): Promise<DynamicRegistration> {
    const attempt = await this.get(id);
    if (attempt.status !== 'sent' && attempt.status !== 'answered') {
      throw dynamicRegistrationErrors.settled(id, attempt.status);
    }
    return attempt;
  }

  private async get(id: string): Promise<DynamicRegistration> {
    const attempt = await this.attempts.findOneBy({ id });
    if (attempt === null) throw dynamicRegistrationErrors.notFound(id);
    return attempt;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof LtiError ? error.message : 'An error of this tool; its log has the reason.';
}

function existingOf(error: unknown): string | undefined {
  if (!(error instanceof Conflict) || error.code !== 'registration_exists') return undefined;
  return String(error.details().id);
}

function viewDynamicRegistration(attempt: DynamicRegistration): DynamicRegistrationView {
  const { id, status, issuer, clientId, deploymentId, registrationId, invitationId, error } = attempt;
  return {
    id,
    status,
    issuer,
    platformFamily: attempt.configuration.platformFamily,
    clientId,
    deploymentId,
    registrationId,
    invitationId,
    error,
    createdAt: attempt.createdAt.toISOString(),
    settledAt: attempt.settledAt?.toISOString() ?? null,
  };
}
