import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** An access token refers to its registration, and is deleted with it. */
export class AccessTokenRegistration1763700000014 implements MigrationInterface {
  readonly name = 'AccessTokenRegistration1763700000014';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DELETE FROM nest_lti.access_token WHERE NOT EXISTS (
        SELECT FROM nest_lti.registration WHERE registration.id::text = access_token.registration_id
      );
      ALTER TABLE nest_lti.access_token
        ALTER COLUMN registration_id TYPE uuid USING registration_id::uuid,
        ADD FOREIGN KEY (registration_id) REFERENCES nest_lti.registration (id) ON DELETE CASCADE;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only.'));
  }
}
