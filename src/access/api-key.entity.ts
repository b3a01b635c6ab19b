import { Column, Entity, PrimaryColumn } from 'typeorm';

export type ApiKeyScope = 'read' | 'write';

/** A key to our REST API. Only its hash is kept. */
@Entity('api_key')
export class ApiKey {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  name!: string;

  @Column('text')
  keyHash!: string;

  @Column('text')
  scope!: ApiKeyScope;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz', { nullable: true })
  revokedAt!: Date | null;
}
