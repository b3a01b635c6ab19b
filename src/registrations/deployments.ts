import { type EntityManager, In } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { isForeignKeyViolation } from '../database/postgres-errors.js';
import { Deployment } from './deployment.entity.js';
import { registrationErrors } from './registration.errors.js';

/**
 * Makes these the active deployments of a registration. Pending ones are not part of the list: they stay until an operator
 * confirms them.
 *
 * @throws {Conflict} `deployment_in_use` for one that is left out and has courses
 */
export async function replaceDeployments(
  manager: EntityManager,
  registrationId: string,
  wanted: readonly string[],
  now: Date,
): Promise<void> {
  const active = await manager.findBy(Deployment, { registrationId, status: 'active' });
  for (const { id, deploymentId } of active.filter((row) => !wanted.includes(row.deploymentId))) {
    try {
      await manager.delete(Deployment, { id });
    } catch (error) {
      throw isForeignKeyViolation(error) ? registrationErrors.deploymentInUse(deploymentId) : error;
    }
  }
  await addDeployments(manager, registrationId, wanted, now);
}

/** Adds deployments to a registration. Those that are there stay, and pending ones are confirmed. */
export async function addDeployments(
  manager: EntityManager,
  registrationId: string,
  deploymentIds: readonly string[],
  now: Date,
): Promise<void> {
  if (deploymentIds.length === 0) return;
  const added = [...new Set(deploymentIds)];
  await manager
    .createQueryBuilder()
    .insert()
    .into(Deployment)
    .values(
      added.map((deploymentId) => ({
        id: uuidv7(),
        registrationId,
        deploymentId,
        status: 'active' as const,
        createdAt: now,
      })),
    )
    // A launch may record it as pending at the same time.
    .orIgnore()
    .execute();
  await manager.update(
    Deployment,
    { registrationId, deploymentId: In(added), status: 'pending' },
    { status: 'active' },
  );
}
