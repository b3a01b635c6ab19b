import { type AccessTokenKey } from '../../access-token-key.js';

type KeyName = Pick<AccessTokenKey, 'id' | 'registrationId'>;

const ACCESS = '}:access:';

/**
 * The names that we use in Redis. All keys of a registration have the same hash tag, so that a cluster keeps them in one
 * slot and a script may touch them in one step.
 */
export class RedisKeys {
  /** Every change is told here, by the id of the key. */
  readonly channel: string;
  /** Matches the names of all stored tokens and failures. */
  readonly accessPattern: string;

  /** @param prefix of letters, digits and signs that mean nothing in a pattern */
  constructor(private readonly prefix: string) {
    this.channel = `${prefix}:changes`;
    this.accessPattern = `${prefix}:{*${ACCESS}*`;
  }

  /** A hash: token and failure. */
  access({ id, registrationId }: KeyName): string {
    return `${this.accessPrefix(registrationId)}${id}`;
  }

  /** A string: id and holder of the lease, there as long as it lasts. */
  lease({ id, registrationId }: KeyName): string {
    return `${this.leasePrefix(registrationId)}${id}`;
  }

  /** A sorted set: the ids of a registration's keys, by the moment when nothing is left of them. */
  index(registrationId: string): string {
    return `${this.tagged(registrationId)}:keys`;
  }

  accessPrefix(registrationId: string): string {
    return `${this.tagged(registrationId)}:access:`;
  }

  leasePrefix(registrationId: string): string {
    return `${this.tagged(registrationId)}:lease:`;
  }

  /** The id of the key that an access hash is of. */
  keyIdOf(access: string): string {
    return access.slice(access.indexOf(ACCESS) + ACCESS.length);
  }

  /** Encoded, or a brace in the id would end the tag early. */
  private tagged(registrationId: string): string {
    return `${this.prefix}:{${encodeURIComponent(registrationId)}}`;
  }
}
