import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A browser that signed in with an API key, until it signs out or the session expires. */
@Entity('api_session')
export class ApiSession {
  /** SHA-256 of the cookie's value. */
  @PrimaryColumn('text')
  tokenHash!: string;

  /** The hash of the API key. A configured key that is replaced keeps its id but not its hash, so its sessions end. */
  @Column('text')
  keyHash!: string;

  /** Time of the sign-in. */
  @Column('timestamptz')
  createdAt!: Date;

  /** It opens nothing from then on. */
  @Column('timestamptz')
  expiresAt!: Date;
}
