import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** A registration says whether the assertions of its token requests name the deployment. */
export class DeploymentInAssertion1763700000021 implements MigrationInterface {
  readonly name = 'DeploymentInAssertion1763700000021';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'ALTER TABLE nest_lti.registration ADD COLUMN deployment_in_assertion boolean NOT NULL DEFAULT false',
    );
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only.'));
  }
}
