import { Column, Entity, PrimaryColumn } from 'typeorm';
import { type PlatformConfiguration } from './platform-configuration.js';

/**
 * `sent`: the platform was asked, and its answer did not come or could not be used. `answered`: the answer came, and the
 * registration is not stored yet. The other three are final.
 */
export type DynamicRegistrationStatus = 'sent' | 'answered' | 'stored' | 'refused' | 'discarded';

/** One registration that a platform was asked for. The registration token is not stored. */
@Entity('dynamic_registration')
export class DynamicRegistration {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { nullable: true })
  invitationId!: string | null;

  @Column('text')
  status!: DynamicRegistrationStatus;

  @Column('text')
  issuer!: string;

  @Column('jsonb')
  configuration!: PlatformConfiguration;

  @Column('text', { array: true })
  requestedScopes!: string[];

  /** From the answer. */
  @Column('text', { nullable: true })
  clientId!: string | null;

  @Column('text', { nullable: true })
  deploymentId!: string | null;

  /** The registration that was created or updated. */
  @Column('uuid', { nullable: true })
  registrationId!: string | null;

  @Column('text', { nullable: true })
  error!: string | null;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz', { nullable: true })
  settledAt!: Date | null;
}
