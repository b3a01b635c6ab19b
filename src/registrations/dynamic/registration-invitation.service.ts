import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { createHash, randomBytes } from 'node:crypto';
import { type EntityManager, IsNull, LessThan, MoreThan, Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../../common/clock.js';
import { type Page, pageOf, type PageQuery } from '../../common/page.schema.js';
import { parseInput } from '../../common/parse-input.js';
import { durationSchema } from '../../config/duration.schema.js';
import { LtiConfig } from '../../config/lti-config.js';
import { idPage } from '../../database/id-page.js';
import { LTI_DATA_SOURCE } from '../../database/lti-data-source.js';
import { dynamicRegistrationErrors } from './dynamic-registration.errors.js';
import {
  type CreatedInvitation,
  type CreateInvitation,
  createInvitationSchema,
  type InvitationView,
} from './dynamic-registration.schema.js';
import { RegistrationInvitation } from './registration-invitation.entity.js';

/** The path of the registration URL below the public URL. */
export const REGISTER_PATH = '/lti/register';

/** How long an invitation is kept after its end. */
const KEPT_MS = 90 * 86_400_000;

/**
 * Invitations to register the tool: one registration each.
 *
 * @example
 * const { items } = await invitations.list({ limit: 50 });
 * for (const { id, usedAt } of items) if (usedAt === null) await invitations.revoke(id);
 */
@Injectable()
export class RegistrationInvitationService {
  constructor(
    @InjectRepository(RegistrationInvitation, LTI_DATA_SOURCE)
    private readonly invitations: Repository<RegistrationInvitation>,
    @Inject(LtiConfig) private readonly config: LtiConfig,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Creates an invitation. Its secret is in the URL, and is shown this once.
   *
   * @throws InvalidRequest that names each wrong field
   * @example
   * const { registrationUrl } = await invitations.create({ name: 'Campus', allowedIssuers: ['https://moodle.example.edu'] });
   */
  async create(input: CreateInvitation): Promise<CreatedInvitation> {
    const { name, allowedIssuers, validFor } = parseInput(createInvitationSchema, input);
    const secret = randomBytes(32).toString('base64url');
    const now = this.clock.now();
    const invitation = {
      id: uuidv7(),
      name,
      secretDigest: digestOf(secret),
      allowedIssuers,
      createdAt: now,
      expiresAt: new Date(now.getTime() + durationSchema.parse(validFor)),
      usedAt: null,
      revokedAt: null,
    };
    await this.invitations.insert(invitation);
    return {
      ...viewInvitation(invitation),
      registrationUrl: `${this.config.publicUrl}${REGISTER_PATH}?invitation=${secret}`,
    };
  }

  /**
   * The newest first, unless the query has another order.
   *
   * @example
   * const { items, nextCursor } = await invitations.list({ limit: 50, order: 'asc' });
   */
  async list(query: PageQuery): Promise<Page<InvitationView>> {
    const { after, find, page } = idPage(query);
    const rows = await this.invitations.find({ where: after, ...find });
    return pageOf(rows, page, ({ id }) => id, viewInvitation);
  }

  /**
   * Also one that is in use: a refusal does not make it usable again.
   *
   * @throws {NotFound} `registration_invitation_not_found`
   * @example
   * await invitations.revoke(id);
   */
  async revoke(id: string): Promise<void> {
    const { affected } = await this.invitations.update(
      { id, revokedAt: IsNull() },
      { revokedAt: this.clock.now() },
    );
    if (affected === 0) throw dynamicRegistrationErrors.invitationNotFound(id);
  }

  /**
   * The invitation of a registration URL.
   *
   * @returns undefined without a secret, where registration is open
   * @throws {AccessDenied} `registration_invitation_required`, `registration_invitation_invalid`
   */
  async find(secret: string | undefined): Promise<RegistrationInvitation | undefined> {
    if (secret === undefined) {
      if (this.config.dynamicRegistration.open) return undefined;
      throw dynamicRegistrationErrors.invitationRequired();
    }
    const invitation = await this.invitations.findOneBy({
      secretDigest: digestOf(secret),
      ...this.usable(),
    });
    if (invitation === null) throw dynamicRegistrationErrors.invitationInvalid();
    return invitation;
  }

  /** Undefined if the invitation was deleted. */
  async nameOf(id: string): Promise<string | undefined> {
    return (await this.invitations.findOneBy({ id }))?.name;
  }

  /** Uses the invitation up. Of two at once, one succeeds. @throws {AccessDenied} `registration_invitation_invalid` */
  async use({ id }: RegistrationInvitation, manager: EntityManager): Promise<void> {
    const { affected } = await manager.update(
      RegistrationInvitation,
      { id, ...this.usable() },
      { usedAt: this.clock.now() },
    );
    if (affected === 0) throw dynamicRegistrationErrors.invitationInvalid();
  }

  /** The platform refused the registration: the administrator can try again with the same URL. */
  async release({ id }: RegistrationInvitation, manager: EntityManager): Promise<void> {
    await manager.update(RegistrationInvitation, { id }, { usedAt: null });
  }

  /** Deletes invitations that expired 90 days ago. */
  async purge(): Promise<void> {
    await this.invitations.delete({ expiresAt: LessThan(new Date(this.clock.nowMs() - KEPT_MS)) });
  }

  private usable() {
    return { usedAt: IsNull(), revokedAt: IsNull(), expiresAt: MoreThan(this.clock.now()) };
  }
}

/** Whether the invitation is for the platform on this host. */
export function isInvited(invitation: RegistrationInvitation | undefined, hostname: string): boolean {
  if (invitation === undefined || invitation.allowedIssuers.length === 0) return true;
  return invitation.allowedIssuers.some((issuer) => new URL(issuer).hostname === hostname);
}

function viewInvitation(invitation: RegistrationInvitation): InvitationView {
  const { id, name, allowedIssuers, createdAt, expiresAt, usedAt, revokedAt } = invitation;
  return {
    id,
    name,
    allowedIssuers,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    usedAt: usedAt?.toISOString() ?? null,
    revokedAt: revokedAt?.toISOString() ?? null,
  };
}

/** The secret is long and random, so a plain digest protects it. */
function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
