import { Column, Entity, PrimaryColumn } from 'typeorm';

export type ApiKeyScope = 'read' | 'write';

/** An API key for the REST API. Only its hash is stored. */
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

  /** To the minute: not every request is worth a write. */
  @Column('timestamptz', { nullable: true })
  lastUsedAt!: Date | null;
}

/** The fields of a key that may be shown. */
export type ApiKeyInfo = Omit<ApiKey, 'keyHash'>;

/** The one row that the configuration speaks for. */
export const CONFIGURED_KEY_ID = '00000000-0000-7000-8000-000000000001';
