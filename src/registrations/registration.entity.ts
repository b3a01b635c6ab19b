import { Column, Entity, OneToMany, PrimaryColumn, type Relation } from 'typeorm';
import { Deployment } from './deployment.entity.js';
import { type IdTokenAlgorithm } from './id-token-algorithm.js';
import { type PlatformFamily } from './platform-family.js';
import { type QuietHours } from './quiet-hours.js';

/** A scope that the platform refused together with others, and when: left out of requests for a day. */
export interface RefusedScope {
  /** The full URI of the scope. */
  scope: string;
  /** ISO 8601. */
  refusedAt: string;
}

/** Our tool's client_id at one platform. */
@Entity('registration')
export class Registration {
  /** UUIDv7. */
  @PrimaryColumn('uuid')
  id!: string;

  /** For operators. */
  @Column('text')
  name!: string;

  /** Exactly the `iss` of its id_tokens. */
  @Column('text')
  issuer!: string;

  /** The platform's `client_id` for the tool; unique together with the issuer. */
  @Column('text')
  clientId!: string;

  /** The browser goes there in each login (SEC 5.1.1.1). */
  @Column('text')
  authorizationUrl!: string;

  /** Access tokens are requested there (SEC 4.1). */
  @Column('text')
  tokenUrl!: string;

  /** The platform's key set (SEC 6.3). */
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

  /** Whether assertions name the deployment (CORE 6.2.1). Each deployment then has tokens of its own. */
  @Column('boolean', { default: false })
  deploymentInAssertion!: boolean;

  /** The scopes that access tokens are requested with; at most 50. */
  @Column('text', { array: true })
  scopes!: string[];

  /** Selects the quirks of the product; `generic` until a launch names the product. */
  @Column('text')
  platformFamily!: PlatformFamily;

  /** No scheduled sync of its courses starts then. Null: none. */
  @Column('jsonb', { nullable: true })
  quietHours!: QuietHours | null;

  /** Raised by each edit: tokens and failures of the settings before it are never used again. */
  @Column('int')
  revision!: number;

  /** Left out of token requests for a day. An edit clears the list. */
  @Column('jsonb')
  refusedScopes!: RefusedScope[];

  /** Until when the first launch names the deployment, which the platform has not named. Null: it awaits none. */
  @Column('timestamptz', { nullable: true })
  deploymentAwaitedUntil!: Date | null;

  /** Active and pending deployments, the oldest first. */
  @OneToMany(() => Deployment, (deployment) => deployment.registration)
  deployments!: Relation<Deployment>[];

  /** By the clock of the process that created it. */
  @Column('timestamptz')
  createdAt!: Date;

  /** Time of the last edit, or of the launch that named the product. */
  @Column('timestamptz')
  updatedAt!: Date;

  /** Null unless it was deleted. The row of a deleted registration stays. */
  @Column('timestamptz', { nullable: true })
  deletedAt!: Date | null;
}
