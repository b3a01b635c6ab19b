import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Repository } from 'typeorm';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { Registration } from './registration.entity.js';

/** How a platform names itself and us at the beginning of a launch. */
export interface LoginIdentity {
  issuer: string;
  clientId: string | undefined;
  deploymentId: string | undefined;
}

const ENOUGH_TO_TELL = 2;

/** Finds registrations by what platforms say of themselves. */
@Injectable()
export class RegistrationFinder {
  constructor(
    @InjectRepository(Registration, LTI_DATA_SOURCE) private readonly registrations: Repository<Registration>,
  ) {}

  /** Those that it can be: by issuer and client_id, else by issuer and deployment. Two at most. */
  async find({ issuer, clientId, deploymentId }: LoginIdentity): Promise<Registration[]> {
    if (clientId !== undefined) return this.registrations.findBy({ issuer, clientId, deletedAt: IsNull() });
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
}
