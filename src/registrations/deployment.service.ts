import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../common/clock.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { Deployment } from './deployment.entity.js';
import { type Registration } from './registration.entity.js';

/** The deployments of registrations, as launches meet them. */
@Injectable()
export class DeploymentService {
  constructor(
    @InjectRepository(Deployment, LTI_DATA_SOURCE) private readonly deployments: Repository<Deployment>,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Whether an operator has named it, or, with `pending`, a launch.
   *
   * @param registration may be a stale copy: a deployment that it lacks is looked up
   */
  async isKnown(
    { id: registrationId, deployments }: Registration,
    deploymentId: string,
    { pending }: { pending: boolean },
  ): Promise<boolean> {
    const isGood = (row: Deployment): boolean => pending || row.status === 'active';
    if (deployments.some((row) => row.deploymentId === deploymentId && isGood(row))) return true;
    return this.deployments.existsBy({ registrationId, deploymentId, ...(!pending && { status: 'active' }) });
  }

  /** A new one that no operator has confirmed yet. One that is there stays as it is. */
  async recordPending(registrationId: string, deploymentId: string): Promise<void> {
    await this.deployments
      .createQueryBuilder()
      .insert()
      .values({ id: uuidv7(), registrationId, deploymentId, status: 'pending', createdAt: this.clock.now() })
      .orIgnore()
      .execute();
  }
}
