import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { isDeepStrictEqual } from 'node:util';
import { type EntityManager, IsNull, MoreThan, Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { checkUrlFields } from '../common/check-url-fields.js';
import { Clock } from '../common/clock.js';
import { type Page, pageOf, type PageQuery } from '../common/page.schema.js';
import { parseInput } from '../common/parse-input.js';
import { UnsafeUrl } from '../common/url-policy.errors.js';
import { UrlPolicy } from '../common/url-policy.js';
import { isUniqueViolation } from '../database/postgres-errors.js';
import { idPage } from '../database/id-page.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { Deployment } from './deployment.entity.js';
import { addDeployments, replaceDeployments } from './deployments.js';
import { Registration } from './registration.entity.js';
import { registrationErrors } from './registration.errors.js';
import { type PlatformFamily } from './platform-family.js';
import { RegistrationListeners, type UrlsAtOrigin } from './registration-listeners.js';
import { RegistrationMemory } from './registration-memory.js';
import {
  type CreateRegistration,
  createRegistrationSchema,
  type UpdateRegistration,
  updateRegistrationSchema,
} from './registration.schema.js';

/** How long a launch may name the deployment that the platform did not name. */
const DEPLOYMENT_AWAITED_MS = 30 * 86_400_000;
/** Platforms that choose the same client_id. */
const MAX_OF_CLIENT = 1000;

/** The part of a registration that differs after each change that matters to calls to its platform. */
export type RegistrationVersion = Pick<Registration, 'revision' | 'updatedAt' | 'refusedScopes'>;

/**
 * Registrations of the tool at platforms, with their deployments.
 *
 * @example
 * const registration = await registrations.get(registrationId);
 * const client = await oauth.authenticate(registration, { memberships: membershipsUrl });
 */
@Injectable()
export class RegistrationService {
  constructor(
    @InjectRepository(Registration, LTI_DATA_SOURCE) private readonly registrations: Repository<Registration>,
    private readonly listeners: RegistrationListeners,
    private readonly memory: RegistrationMemory,
    private readonly urlPolicy: UrlPolicy,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Registers the tool at a platform. Takes a plain object, as `POST /api/v1/registrations` does; only the fields without a
   * default are needed.
   *
   * @throws InvalidRequest that names each wrong field; {Conflict} `registration_exists` for an issuer and client id that are taken
   * @example
   * const registration = await registrations.create({
   *   name: 'Campus Moodle',
   *   issuer: 'https://moodle.example.edu',
   *   clientId: 'Ab3dEf6hIj9kLmN',
   *   authorizationUrl: 'https://moodle.example.edu/mod/lti/auth.php',
   *   tokenUrl: 'https://moodle.example.edu/mod/lti/token.php',
   *   jwksUrl: 'https://moodle.example.edu/mod/lti/certs.php',
   *   deployments: ['1'],
   * });
   */
  async create(input: CreateRegistration): Promise<Registration> {
    const body = parseInput(createRegistrationSchema, input);
    this.checkUrls(body);
    const { deployments, ...fields } = body;
    const now = this.clock.now();
    const id = uuidv7();
    await this.guardUnique(body, () =>
      this.registrations.manager.transaction(async (manager) => {
        await manager.insert(Registration, {
          ...fields,
          id,
          revision: 1,
          refusedScopes: [],
          createdAt: now,
          updatedAt: now,
          deletedAt: null,
        });
        await addDeployments(manager, id, deployments, now);
      }),
    );
    return this.get(id);
  }

  /**
   * As the database has it now: for showing and changing it.
   *
   * @throws {NotFound} `registration_not_found`
   * @example
   * const { name, deployments } = await registrations.get(registrationId);
   */
  async get(id: string): Promise<Registration> {
    const registration = await this.registrations.findOne({
      where: { id, deletedAt: IsNull() },
      relations: { deployments: true },
      order: { deployments: { id: 'ASC' } },
    });
    if (registration === null) throw registrationErrors.notFound(id);
    return registration;
  }

  /**
   * From memory: for work with a platform, which goes on in an outage of the database. Up to 60 s old, or as old as the
   * outage; changes by this process count at once. All callers share the object.
   *
   * @throws {NotFound} `registration_not_found`
   * @example
   * const registration = await registrations.recall(course.registrationId);
   */
  recall(id: string): Promise<Registration> {
    return this.memory.read(id, () => this.get(id));
  }

  /**
   * From memory, unless that copy is of another version than the one that the caller has just read from the database.
   *
   * @throws {NotFound} `registration_not_found`
   */
  async recallVersion(id: string, version: RegistrationVersion): Promise<Registration> {
    const known = await this.recall(id);
    if (isVersion(known, version)) return known;
    this.memory.forget(id);
    return this.recall(id);
  }

  /**
   * The newest first, unless the query has another order.
   *
   * @example
   * const { items } = await registrations.list({ limit: 50 }, ({ id, name }) => ({ id, name }));
   */
  async list<T>(query: PageQuery, view: (registration: Registration) => T): Promise<Page<T>> {
    const { after, find, page } = idPage(query);
    const rows = await this.registrations.find({
      where: { deletedAt: IsNull(), ...after },
      relations: { deployments: true },
      ...find,
    });
    // Not by the query: with the deployments in its order it would count them against `take`, and not registrations.
    for (const { deployments } of rows) deployments.sort((one, other) => (one.id < other.id ? -1 : 1));
    return pageOf(rows, page, ({ id }) => id, view);
  }

  /**
   * Changes what `body` names. Tokens and remembered refusals of the settings before die with their revision.
   *
   * @throws {NotFound} `registration_not_found`; {Conflict} `registration_exists`, `deployment_in_use`, InvalidRequest
   * @example
   * await registrations.update(registrationId, { tokenUrl: 'https://lms.example.edu/token', deployments: ['1', '2'] });
   */
  async update(id: string, input: UpdateRegistration): Promise<Registration> {
    return (await this.edit(id, input)).registration;
  }

  /**
   * Like `update`. Also returns `urlsOnOldOrigins`.
   *
   * @example
   * const { urlsOnOldOrigins } = await registrations.edit(registrationId, { issuer: 'https://new.example.edu' });
   */
  edit(
    id: string,
    input: UpdateRegistration,
  ): Promise<{ registration: Registration; urlsOnOldOrigins: UrlsAtOrigin[] }> {
    return this.change(id, input, (manager, wanted) =>
      replaceDeployments(manager, id, wanted, this.clock.now()),
    );
  }

  /**
   * Like `update`, but adds the deployments to those that are there: for a platform that registers the tool again.
   *
   * @example
   * await registrations.extend(registrationId, { deployments: ['2'] });
   */
  async extend(id: string, input: UpdateRegistration): Promise<Registration> {
    const { registration } = await this.change(id, input, (manager, added) =>
      addDeployments(manager, id, added, this.clock.now()),
    );
    return registration;
  }

  private async change(
    id: string,
    input: UpdateRegistration,
    storeDeployments: (manager: EntityManager, deploymentIds: readonly string[]) => Promise<void>,
  ): Promise<{ registration: Registration; urlsOnOldOrigins: UrlsAtOrigin[] }> {
    const body = parseInput(updateRegistrationSchema, input);
    this.checkUrls(body);
    const { deployments, ...fields } = body;
    const before = await this.get(id);
    await this.guardUnique(
      { issuer: fields.issuer ?? before.issuer, clientId: fields.clientId ?? before.clientId },
      () =>
        this.registrations.manager.transaction(async (manager) => {
          // This locks the row, so that of two edits at once one sees the deployments of the other.
          const { affected } = await manager.update(
            Registration,
            { id, deletedAt: IsNull() },
            { ...fields, refusedScopes: [], revision: () => 'revision + 1', updatedAt: this.clock.now() },
          );
          if (affected === 0) throw registrationErrors.notFound(id);
          if (deployments === undefined) return;
          await storeDeployments(manager, deployments);
          if (deployments.length > 0)
            await manager.update(Registration, { id }, { deploymentAwaitedUntil: null });
        }),
    );
    await this.listeners.changed(id);
    const registration = await this.get(id);
    return { registration, urlsOnOldOrigins: await this.urlsOnOldOrigins(before, registration) };
  }

  /**
   * The stored URLs that stay on origins which an edit has taken from the registration: an edit moves nothing, for services
   * may rightly lie on other hosts than the authorization. Move them by `PlatformMoveService`, if the platform has moved.
   */
  private async urlsOnOldOrigins(before: Registration, after: Registration): Promise<UrlsAtOrigin[]> {
    const now = originsOf(after);
    const old = [...originsOf(before)].filter((origin) => !now.has(origin));
    return old.length === 0 ? [] : this.listeners.urlsAt(after.id, old);
  }

  /**
   * Its client_id can be registered again. What is stored with it is deleted in the background, after a minute; user grants when they
   * are revoked at the platform.
   *
   * @throws {NotFound} `registration_not_found`
   * @example
   * await registrations.remove(registrationId);
   */
  async remove(id: string): Promise<void> {
    const { affected } = await this.registrations.update(
      { id, deletedAt: IsNull() },
      { deletedAt: this.clock.now(), revision: () => 'revision + 1' },
    );
    if (affected === 0) throw registrationErrors.notFound(id);
    await this.listeners.deleted(id);
  }

  /** All registrations with this client_id, also of other platforms and deleted ones. */
  ofClient(clientId: string): Promise<Registration[]> {
    return this.registrations.find({ where: { clientId }, order: { id: 'DESC' }, take: MAX_OF_CLIENT });
  }

  /**
   * For 30 days the first launch names the deployment, as the platform that registered the tool did not. Does nothing if the
   * registration has a deployment.
   */
  async awaitDeployment(id: string): Promise<void> {
    await this.registrations.manager.query(
      `UPDATE nest_lti.registration SET deployment_awaited_until = $2
       WHERE id = $1 AND deleted_at IS NULL
         AND NOT EXISTS (SELECT FROM nest_lti.deployment WHERE registration_id = $1 AND status = 'active')`,
      [id, new Date(this.clock.nowMs() + DEPLOYMENT_AWAITED_MS)],
    );
  }

  /**
   * Adds the deployment of a launch to a registration that awaits one. Later deployments are not added.
   *
   * @returns whether it was added
   */
  async nameDeployment(id: string, deploymentId: string): Promise<boolean> {
    const isNamed = await this.registrations.manager.transaction(async (manager) => {
      // Of two launches at once one changes the row.
      const { affected } = await manager.update(
        Registration,
        { id, deploymentAwaitedUntil: MoreThan(this.clock.now()), deletedAt: IsNull() },
        { deploymentAwaitedUntil: null },
      );
      if (affected === 1) await addDeployments(manager, id, [deploymentId], this.clock.now());
      return affected === 1;
    });
    if (isNamed) this.memory.forget(id);
    return isNamed;
  }

  /** Stores the product that launches name, if the family is still `generic`. Tokens stay. */
  async learnFamily(id: string, platformFamily: PlatformFamily): Promise<void> {
    await this.registrations.update(
      { id, platformFamily: 'generic', deletedAt: IsNull() },
      { platformFamily, updatedAt: this.clock.now() },
    );
    this.memory.forget(id);
  }

  /** Stores where the notice handlers of a deployment are set, unless that URL may not be called. Tokens stay. */
  async learnNoticeService(
    id: string,
    deploymentId: string,
    { url, noticeTypes }: { url: string; noticeTypes: string[] },
  ): Promise<void> {
    try {
      this.urlPolicy.check(url);
    } catch (error) {
      if (error instanceof UnsafeUrl) return;
      throw error;
    }
    // Before it is stored: if this process dies in between, the next launch does it again.
    await this.listeners.noticeServiceFound(id, deploymentId);
    await this.registrations.manager.update(
      Deployment,
      { registrationId: id, deploymentId },
      { noticeServiceUrl: url, noticeTypes },
    );
    this.memory.forget(id);
  }

  private async guardUnique<T>(
    pair: { issuer: string; clientId: string },
    write: () => Promise<T>,
  ): Promise<T> {
    try {
      return await write();
    } catch (error) {
      if (!isUniqueViolation(error, 'registration_issuer_client')) throw error;
      const { issuer, clientId } = pair;
      const existing = await this.registrations.findOneBy({ issuer, clientId, deletedAt: IsNull() });
      throw registrationErrors.exists(existing?.id ?? 'another one');
    }
  }

  private checkUrls({ authorizationUrl, tokenUrl, jwksUrl }: UpdateRegistration): void {
    checkUrlFields(this.urlPolicy, { authorizationUrl, tokenUrl, jwksUrl });
  }
}

function isVersion(one: Registration, other: RegistrationVersion): boolean {
  return (
    one.revision === other.revision &&
    one.updatedAt.getTime() === other.updatedAt.getTime() &&
    isDeepStrictEqual(one.refusedScopes, other.refusedScopes)
  );
}

function originsOf({ issuer, authorizationUrl, tokenUrl, jwksUrl }: Registration): Set<string> {
  const urls = [issuer, authorizationUrl, tokenUrl, jwksUrl];
  return new Set(
    urls.filter((url) => /^https?:/i.test(url) && URL.canParse(url)).map((url) => new URL(url).origin),
  );
}
