import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { randomBytes } from 'node:crypto';
import { IsNull, Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../../common/clock.js';
import { KeyRing } from '../../common/encryption.js';
import { type Page, pageOf, type PageQuery } from '../../common/page.schema.js';
import { idPage } from '../../database/id-page.js';
import { LTI_DATA_SOURCE } from '../../database/lti-data-source.js';
import { isUniqueViolation } from '../../database/postgres-errors.js';
import { RegistrationService } from '../../registrations/registration.service.js';
import { LaunchSessionService } from '../sessions/launch-session.service.js';
import { Lti11Consumer, encryptionContextOf } from './lti11-consumer.entity.js';
import { type CreateLti11Consumer, type UpdateLti11Consumer } from './lti11-consumer.schema.js';
import { lti11Errors } from './lti11.errors.js';

/** A consumer at the only moment when a secret that was made here is shown. */
export interface CreatedLti11Consumer {
  /** The stored consumer, with its secret encrypted. */
  consumer: Lti11Consumer;
  /** Undefined where the caller brought one. */
  madeSecret: string | undefined;
}

const SECRET_BYTES = 32;

/**
 * Consumer keys of LTI 1.1 and their secrets.
 *
 * @example
 * const { madeSecret } = await consumers.create({ name: 'Campus', consumerKey: 'campus', registrationId: null });
 */
@Injectable()
export class Lti11ConsumerService {
  constructor(
    @InjectRepository(Lti11Consumer, LTI_DATA_SOURCE) private readonly consumers: Repository<Lti11Consumer>,
    private readonly registrations: RegistrationService,
    private readonly sessions: LaunchSessionService,
    private readonly keyRing: KeyRing,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Adds a consumer. Without a secret one is created.
   *
   * @throws {NotFound} `registration_not_found`
   * @throws {Conflict} `lti11_consumer_exists`
   * @example
   * const { consumer, madeSecret } = await consumers.create({ name: 'Campus', consumerKey: 'campus', registrationId: null });
   */
  async create({ secret, ...fields }: CreateLti11Consumer): Promise<CreatedLti11Consumer> {
    await this.checkRegistration(fields.registrationId);
    const madeSecret = secret === undefined ? randomBytes(SECRET_BYTES).toString('base64url') : undefined;
    const now = this.clock.now();
    const id = uuidv7();
    try {
      await this.consumers.insert({
        ...fields,
        id,
        encryptedSecret: this.keyRing.encrypt(secret ?? madeSecret ?? '', encryptionContextOf(id)),
        createdAt: now,
        updatedAt: now,
        deletedAt: null,
      });
    } catch (error) {
      if (!isUniqueViolation(error, 'lti11_consumer_key')) throw error;
      const { consumerKey } = fields;
      const existing = await this.consumers.findOneBy({ consumerKey, deletedAt: IsNull() });
      throw lti11Errors.consumerExists(existing?.id ?? 'another one');
    }
    return { consumer: await this.get(id), madeSecret };
  }

  /**
   * The consumer, with its secret encrypted.
   *
   * @throws {NotFound} `lti11_consumer_not_found`
   * @example
   * const { consumerKey } = await consumers.get(id);
   */
  async get(id: string): Promise<Lti11Consumer> {
    const consumer = await this.consumers.findOneBy({ id, deletedAt: IsNull() });
    if (consumer === null) throw lti11Errors.consumerNotFound(id);
    return consumer;
  }

  /**
   * The newest first, unless the query has another order.
   *
   * @example
   * const { items } = await consumers.list({ limit: 50 }, ({ id, name }) => ({ id, name }));
   */
  async list<T>(query: PageQuery, view: (consumer: Lti11Consumer) => T): Promise<Page<T>> {
    const { after, find, page } = idPage(query);
    const rows = await this.consumers.find({ where: { deletedAt: IsNull(), ...after }, ...find });
    return pageOf(rows, page, ({ id }) => id, view);
  }

  /**
   * Changes what `body` names. What is signed with the secret before is refused from now on.
   *
   * @throws {NotFound} `lti11_consumer_not_found`, `registration_not_found`
   * @example
   * await consumers.update(id, { registrationId });
   */
  async update(id: string, { secret, ...fields }: UpdateLti11Consumer): Promise<Lti11Consumer> {
    if (fields.registrationId !== undefined) await this.checkRegistration(fields.registrationId);
    const { affected } = await this.consumers.update(
      { id, deletedAt: IsNull() },
      {
        ...fields,
        ...(secret !== undefined && {
          encryptedSecret: this.keyRing.encrypt(secret, encryptionContextOf(id)),
        }),
        updatedAt: this.clock.now(),
      },
    );
    if (affected === 0) throw lti11Errors.consumerNotFound(id);
    return this.get(id);
  }

  /**
   * Soft: the row stays for the ids that it has proved; its key may be taken anew. Its launch sessions end.
   *
   * @throws {NotFound} `lti11_consumer_not_found`
   * @example
   * await consumers.remove(id);
   */
  async remove(id: string): Promise<void> {
    const { affected } = await this.consumers.update(
      { id, deletedAt: IsNull() },
      { deletedAt: this.clock.now() },
    );
    if (affected === 0) throw lti11Errors.consumerNotFound(id);
    await this.sessions.revokeOfConsumer(id);
  }

  private async checkRegistration(id: string | null): Promise<void> {
    if (id !== null) await this.registrations.get(id);
  }
}
