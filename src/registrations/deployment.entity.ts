import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Registration } from './registration.entity.js';

/** One installation of a registration in a platform. */
@Entity('deployment')
export class Deployment {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  registrationId!: string;

  @ManyToOne(() => Registration, (registration) => registration.deployments)
  @JoinColumn({ name: 'registration_id' })
  registration!: Relation<Registration>;

  /** The platform's name for it. */
  @Column('text')
  deploymentId!: string;

  @Column('timestamptz')
  createdAt!: Date;
}
