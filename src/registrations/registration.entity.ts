import { Column, Entity, OneToMany, PrimaryColumn, type Relation } from 'typeorm';
import { Deployment } from './deployment.entity.js';
import { type IdTokenAlgorithm } from './id-token-algorithm.js';
import { type PlatformFamily } from './platform-family.js';

/** A scope that the platform refused together with others, and when: left out of requests for a day. */
export interface RefusedScope {
  scope: string;
  refusedAt: string;
}

/** Our tool's client_id at one platform. */
@Entity('registration')
export class Registration {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  name!: string;

  @Column('text')
  issuer!: string;

  @Column('text')
  clientId!: string;

  @Column('text')
  authorizationUrl!: string;

  @Column('text')
  tokenUrl!: string;

  @Column('text')
  jwksUrl!: string;

  /** `aud` of client assertions, if it is not the token URL (Brightspace). */
  @Column('text', { nullable: true })
  tokenAudience!: string | null;

  /** The algorithm of its id_tokens. */
  @Column('text')
  idTokenAlgorithm!: IdTokenAlgorithm;

  /** What the assertions of our token requests are signed with. */
  @Column('text', { default: 'RS256' })
  assertionAlgorithm!: 'RS256' | 'ES256';

  @Column('text', { array: true })
  scopes!: string[];

  @Column('text')
  platformFamily!: PlatformFamily;

  /** Raised by each edit: tokens and failures of the settings before it are never used again. */
  @Column('int')
  revision!: number;

  @Column('jsonb')
  refusedScopes!: RefusedScope[];

  @OneToMany(() => Deployment, (deployment) => deployment.registration)
  deployments!: Relation<Deployment>[];

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz')
  updatedAt!: Date;

  @Column('timestamptz', { nullable: true })
  deletedAt!: Date | null;
}
