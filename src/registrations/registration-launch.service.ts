import { Inject, Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LRUCache } from 'lru-cache';
import { IsNull, Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../common/clock.js';
import { isStorable } from '../common/storable-text.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { Deployment } from './deployment.entity.js';
import { familyOfProduct } from './platform-family.js';
import { Registration } from './registration.entity.js';
import { isRegistrationNotFound } from './registration.errors.js';
import { RegistrationService } from './registration.service.js';

/** The parameters of a login that identify the registration. */
export interface LoginIdentity {
  issuer: string;
  clientId: string | undefined;
  deploymentId: string | undefined;
}

/** Two are enough to know that the registration is ambiguous. */
const MAX_CANDIDATES = 2;
const MAX_CACHED_IDS = 10_000;
const MAX_NOTICE_TYPES = 100;
const MAX_NOTICE_TYPE = 255;

/** Finds the registration of a launch, and records what the launch says about the platform and its deployments. */
@Injectable()
export class RegistrationLaunchService {
  private readonly logger = new Logger(RegistrationLaunchService.name);
  /** The id of a registration by issuer and client_id, so that a class that logs in costs one query. */
  private readonly ids = new LRUCache<string, string>({ max: MAX_CACHED_IDS });

  constructor(
    @InjectRepository(Registration, LTI_DATA_SOURCE) private readonly registrations: Repository<Registration>,
    @InjectRepository(Deployment, LTI_DATA_SOURCE) private readonly deployments: Repository<Deployment>,
    private readonly service: RegistrationService,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** @returns the registrations that the login may be for, two at most: by issuer and client_id, else by issuer and deployment */
  async find({ issuer, clientId, deploymentId }: LoginIdentity): Promise<Registration[]> {
    if (clientId !== undefined) {
      const registration = await this.byClient(issuer, clientId);
      return registration === undefined ? [] : [registration];
    }
    const all = await this.registrations.find({
      where: { issuer, deletedAt: IsNull() },
      take: MAX_CANDIDATES,
    });
    if (all.length < MAX_CANDIDATES || deploymentId === undefined) return all;
    const byDeployment = await this.registrations.find({
      where: { issuer, deletedAt: IsNull(), deployments: { deploymentId } },
      take: MAX_CANDIDATES,
    });
    return byDeployment.length === 0 ? all : byDeployment;
  }

  /**
   * Stores the platform family of a registration whose family is `generic`. A family that an operator has set stays.
   *
   * @param productFamilyCode as the platform sends it
   */
  async learnFamily(registrationId: string, productFamilyCode: string): Promise<void> {
    const family = familyOfProduct(productFamilyCode);
    if (family === undefined) return;
    const { platformFamily } = await this.service.recall(registrationId);
    if (platformFamily === 'generic') await this.service.learnFamily(registrationId, family);
  }

  /**
   * Whether the deployment is one of the registration's: confirmed by an operator, or, with `pending`, recorded by a launch.
   *
   * @param registration may be cached: a deployment that it does not have is read from the database
   */
  async hasDeployment(
    { id: registrationId, deployments }: Registration,
    deploymentId: string,
    { pending }: { pending: boolean },
  ): Promise<boolean> {
    const counts = (row: Deployment): boolean => pending || row.status === 'active';
    if (deployments.some((row) => row.deploymentId === deploymentId && counts(row))) return true;
    return this.deployments.existsBy({ registrationId, deploymentId, ...(!pending && { status: 'active' }) });
  }

  /** Whether the registration awaited its deployment, which this launch has now named. */
  nameDeployment(registrationId: string, deploymentId: string): Promise<boolean> {
    return this.service.nameDeployment(registrationId, deploymentId);
  }

  /** Records a deployment that no operator has confirmed yet. An existing one stays as it is. */
  async recordPending(registrationId: string, deploymentId: string): Promise<void> {
    await this.deployments
      .createQueryBuilder()
      .insert()
      .values({ id: uuidv7(), registrationId, deploymentId, status: 'pending', createdAt: this.clock.now() })
      .orIgnore()
      .execute();
  }

  /**
   * Stores where the notice handlers of a deployment are set, if that has changed. A URL that may not be called is not stored. A
   * failure is logged, and the next launch tries again.
   */
  async learnNoticeService(
    registrationId: string,
    deploymentId: string,
    { url, types }: { url: string; types: readonly string[] },
  ): Promise<void> {
    if (!isStorable(url)) return;
    const { deployments } = await this.service.recall(registrationId);
    const noticeTypes = [...new Set(types)].filter(isNoticeType).sort().slice(0, MAX_NOTICE_TYPES);
    const known = deployments.find((row) => row.deploymentId === deploymentId);
    if (known?.noticeServiceUrl === url && isEqual(known.noticeTypes, noticeTypes)) return;
    try {
      await this.service.learnNoticeService(registrationId, deploymentId, { url, noticeTypes });
    } catch (error) {
      this.logger.warn(
        `The Platform Notification Service of registration ${registrationId} was not stored: ${String(error)}`,
      );
    }
  }

  private async byClient(issuer: string, clientId: string): Promise<Registration | undefined> {
    const key = JSON.stringify([issuer, clientId]);
    const cached = await this.recall(this.ids.get(key));
    if (cached?.issuer === issuer && cached.clientId === clientId) return cached;
    this.ids.delete(key);
    const registration = await this.registrations.findOneBy({ issuer, clientId, deletedAt: IsNull() });
    if (registration === null) return undefined;
    this.ids.set(key, registration.id);
    return registration;
  }

  private async recall(id: string | undefined): Promise<Registration | undefined> {
    try {
      return id === undefined ? undefined : await this.service.recall(id);
    } catch (error) {
      if (isRegistrationNotFound(error)) return undefined;
      throw error;
    }
  }
}

function isNoticeType(type: string): boolean {
  return type !== '' && type.length <= MAX_NOTICE_TYPE && isStorable(type);
}

function isEqual(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((value, index) => value === others[index]);
}
