import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { type Registration } from './registration.entity.js';

/** One installation of a registration in a platform. */
@Entity('deployment')
export class Deployment {
  /** UUIDv7. The platform's own id is `deploymentId`. */
  @PrimaryColumn('uuid')
  id!: string;

  /** The registration that it is an installation of. */
  @Column('uuid')
  registrationId!: string;

  // By name: the registration knows its deployments, and imports go one way.
  /** Loaded only by a query that joins it. */
  @ManyToOne('Registration', 'deployments')
  @JoinColumn({ name: 'registration_id' })
  registration!: Registration;

  /** The platform's name for it. */
  @Column('text')
  deploymentId!: string;

  /** Pending: met in a launch, and not yet confirmed by an operator. */
  @Column('text', { default: 'active' })
  status!: 'active' | 'pending';

  /** Where notice handlers are set (Platform Notification Service), as its launches say. */
  @Column('text', { nullable: true })
  noticeServiceUrl!: string | null;

  /** The types of notices that the platform sends. */
  @Column('text', { array: true, default: [] })
  noticeTypes!: string[];

  /** Time when it was entered, or first launched. */
  @Column('timestamptz')
  createdAt!: Date;
}
