import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** A launch session for deep linking takes one response. */
export class DeepLinkResponses1763700000018 implements MigrationInterface {
  readonly name = 'DeepLinkResponses1763700000018';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE nest_lti.launch_session ADD COLUMN deep_link_answered_at timestamptz');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only.'));
  }
}
