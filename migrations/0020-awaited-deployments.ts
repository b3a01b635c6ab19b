import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** A registration whose platform named no deployment awaits one for a limited time. */
export class AwaitedDeployments1763700000020 implements MigrationInterface {
  readonly name = 'AwaitedDeployments1763700000020';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE nest_lti.registration ADD COLUMN deployment_awaited_until timestamptz;
      UPDATE nest_lti.registration SET deployment_awaited_until = now() + interval '30 days' WHERE awaits_deployment;
      ALTER TABLE nest_lti.registration DROP COLUMN awaits_deployment;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only.'));
  }
}
