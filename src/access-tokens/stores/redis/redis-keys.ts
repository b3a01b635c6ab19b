import { type AccessTokenKey } from '../../access-token.js';

type KeyName = Pick<AccessTokenKey, 'id' | 'registrationId'>;

const ACCESS = '}:access:';

/**
 * The names of our keys in Redis. All keys of a registration have the same hash tag, so that a cluster keeps them in one slot
 * and a script can use them together.
 */
export class RedisKeys {
  /** The channel of changes. The message is the id of the key. */
  readonly channel: string;
  /** Matches the names of all stored tokens and failures. */
  readonly accessPattern: string;

  /** @param prefix without characters that have a meaning in a pattern */
  constructor(private readonly prefix: string) {
    this.channel = `${prefix}:changes`;
    this.accessPattern = `${prefix}:{*${ACCESS}*`;
  }

  /** A hash: token and failure. */
  access({ id, registrationId }: KeyName): string {
    return `${this.accessPrefix(registrationId)}${id}`;
  }

  /** A string: id and holder of the lease. Expires with the lease. */
  lease({ id, registrationId }: KeyName): string {
    return `${this.leasePrefix(registrationId)}${id}`;
  }

  /** A sorted set: the ids of a registration's keys, by the time when their hash and lease have expired. */
  index(registrationId: string): string {
    return `${this.tagged(registrationId)}:keys`;
  }

  accessPrefix(registrationId: string): string {
    return `${this.tagged(registrationId)}:access:`;
  }

  leasePrefix(registrationId: string): string {
    return `${this.tagged(registrationId)}:lease:`;
  }

  /** The id of the key of an access hash. */
  keyIdOf(access: string): string {
    return access.slice(access.indexOf(ACCESS) + ACCESS.length);
  }

  /** Encoded, because a brace in the id would end the tag. */
  private tagged(registrationId: string): string {
    return `${this.prefix}:{${encodeURIComponent(registrationId)}}`;
  }
}
