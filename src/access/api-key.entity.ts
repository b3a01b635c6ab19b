import { Column, Entity, PrimaryColumn } from 'typeorm';

/** `read`: GET requests only. `write`: all. */
export type ApiKeyScope = 'read' | 'write';

/** An API key for the REST API. Only its hash is stored. */
@Entity('api_key')
export class ApiKey {
  /** UUIDv7. */
  @PrimaryColumn('uuid')
  id!: string;

  /** For operators; need not be unique. */
  @Column('text')
  name!: string;

  /** SHA-256 of the key. */
  @Column('text')
  keyHash!: string;

  /** What the key may do. */
  @Column('text')
  scope!: ApiKeyScope;

  /** Time when it was created. */
  @Column('timestamptz')
  createdAt!: Date;

  /** Null unless it was revoked. */
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
