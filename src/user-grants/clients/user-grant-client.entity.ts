import { Column, Entity, PrimaryColumn } from 'typeorm';
import { type UserGrantProvider } from '../providers/user-grant-provider.schema.js';
import { type ShippedProviderName } from '../providers/shipped-providers.js';

/** The tool's OAuth 2.0 client for user grants at a platform. It is not the client of LTI. */
@Entity('user_grant_client')
export class UserGrantClient {
  /** UUIDv7. */
  @PrimaryColumn('uuid')
  id!: string;

  /** The registration whose users it is for. */
  @Column('uuid')
  registrationId!: string;

  /** `custom`: the provider is in `provider`. */
  @Column('text')
  providerName!: ShippedProviderName | 'custom';

  /** Only for a custom provider. The shipped ones are part of the code, so they change with a release. */
  @Column('jsonb', { nullable: true })
  provider!: UserGrantProvider | null;

  /** The platform's id of this client. It differs from the `client_id` of LTI. */
  @Column('text')
  clientId!: string;

  /** Encrypted by the key ring. */
  @Column('text', { name: 'sealed_secret' })
  encryptedSecret!: string;

  /** The origin of the platform's API. Tokens go nowhere else. */
  @Column('text')
  apiUrl!: string;

  /** Empty: those of the provider. */
  @Column('text', { array: true })
  scopes!: string[];

  /** Parameters of the consent page, beside those of the provider. */
  @Column('jsonb')
  authorizeParameters!: Record<string, string>;

  /** What to do with a consent if the platform does not say which user gave it. */
  @Column('text')
  unverified!: 'allow' | 'refuse';

  /** Time when it was entered. */
  @Column('timestamptz')
  createdAt!: Date;

  /** Time of the last edit. */
  @Column('timestamptz')
  updatedAt!: Date;

  /** The row stays until the last of its grants is revoked. */
  @Column('timestamptz', { nullable: true })
  deletedAt!: Date | null;

  /** Time when another client or host replaced this one. The row stays, like that of a deleted client. */
  @Column('timestamptz', { nullable: true })
  replacedAt!: Date | null;
}

/** Binds an encrypted secret to its row: in another row it cannot be decrypted. */
export function clientEncryptionContext(registrationId: string): string {
  return `user_grant_client:${registrationId}`;
}
