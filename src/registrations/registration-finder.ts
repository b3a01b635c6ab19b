import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Repository } from 'typeorm';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { Registration } from './registration.entity.js';
import { isRegistrationNotFound } from './registration.errors.js';
import { RegistrationService } from './registration.service.js';

/** How a login request identifies the platform and the tool. */
export interface LoginIdentity {
  issuer: string;
  clientId: string | undefined;
  deploymentId: string | undefined;
}

const ENOUGH_TO_TELL = 2;

const REMEMBERED = 10_000;

/** Finds registrations by what platforms say of themselves. */
@Injectable()
export class RegistrationFinder {
  /** The ids that were found lately, by issuer and client_id: a class that logs in asks the database once. */
  private readonly found = new Map<string, string>();

  constructor(
    @InjectRepository(Registration, LTI_DATA_SOURCE) private readonly registrations: Repository<Registration>,
    private readonly service: RegistrationService,
  ) {}

  /** The candidates: by issuer and client_id, else by issuer and deployment. Two at most. */
  async find({ issuer, clientId, deploymentId }: LoginIdentity): Promise<Registration[]> {
    if (clientId !== undefined) {
      const registration = await this.byClient(issuer, clientId);
      return registration === undefined ? [] : [registration];
    }
    const all = await this.registrations.find({
      where: { issuer, deletedAt: IsNull() },
      take: ENOUGH_TO_TELL,
    });
    if (all.length < ENOUGH_TO_TELL || deploymentId === undefined) return all;
    const byDeployment = await this.registrations.find({
      where: { issuer, deletedAt: IsNull(), deployments: { deploymentId } },
      take: ENOUGH_TO_TELL,
    });
    return byDeployment.length === 0 ? all : byDeployment;
  }

  private async byClient(issuer: string, clientId: string): Promise<Registration | undefined> {
    const name = JSON.stringify([issuer, clientId]);
    const remembered = await this.recall(this.found.get(name));
    if (remembered?.issuer === issuer && remembered.clientId === clientId) return remembered;
    this.found.delete(name);
    const registration = await this.registrations.findOneBy({ issuer, clientId, deletedAt: IsNull() });
    if (registration === null) return undefined;
    if (this.found.size >= REMEMBERED) this.found.clear();
    this.found.set(name, registration.id);
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
