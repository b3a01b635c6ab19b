import { randomUUID } from 'node:crypto';
import { type RedisValue } from 'ioredis';
import { type AccessToken, type AccessTokenKey } from '../../access-token.js';
import { type TokenCipher } from '../../token-cipher.js';
import { type EntryFields, TokenCodec } from '../token-codec.js';
import {
  type Lease,
  type LeaseRequest,
  type RenewalFailure,
  type StoredAccess,
  type StoredAccessInfo,
  type TokenStore,
} from '../token-store.js';
import { ChangeSubscription } from './change-subscription.js';
import { RedisAvailability } from './redis-availability.js';
import { openRedis, type RedisConnection, type RedisSettings } from './redis-connection.js';
import { unavailable } from './redis-failure.js';
import { RedisKeys } from './redis-keys.js';
import { RedisReencryption } from './redis-reencryption.js';
import {
  ACQUIRE,
  COMMIT,
  DELETE,
  DELETE_REGISTRATION,
  EXTEND,
  FAIL,
  LIST,
  type RedisScript,
  RELEASE,
} from './redis-scripts.js';

/** A row of the script LIST: key id, hash of the token, facts of the token, failure, and the lease as `id holder`. */
type ListedRow = [string, string | null, string | null, string | null, string | null];

type KeyName = Pick<AccessTokenKey, 'id' | 'registrationId'>;

const FIRST_CONNECTION_MS = 2000;
const MAX_HOLDER_LENGTH = 200;
const FAILURE_TTL_MS = 24 * 3_600_000;
const TOKEN_TTL_SLACK_MS = 10 * 60_000;
const MAX_TOKEN_TTL_MS = 365 * 24 * 3_600_000;

/** The token store in Redis, for all processes: a single server, one behind Sentinels, or a cluster. */
export class RedisTokenStore implements TokenStore {
  readonly shared = true;
  // Private by language, so that `inspect` does not show them: the client has the password.
  readonly #connection: RedisConnection;
  readonly #codec: TokenCodec;
  readonly #reencryption: RedisReencryption;
  readonly #availability: RedisAvailability;
  readonly #keys: RedisKeys;
  readonly #changes: ChangeSubscription;

  private constructor(connection: RedisConnection, keyPrefix: string, cipher: TokenCipher) {
    this.#connection = connection;
    this.#keys = new RedisKeys(keyPrefix);
    this.#codec = new TokenCodec(cipher, 'Redis');
    this.#reencryption = new RedisReencryption(connection.client, this.#keys, cipher);
    this.#availability = new RedisAvailability(connection);
    this.#changes = new ChangeSubscription(connection.client, this.#keys.channel);
  }

  /** Resolves within 2 s even if Redis does not answer. The methods reject until it does. */
  static async connect(settings: RedisSettings, cipher: TokenCipher): Promise<RedisTokenStore> {
    const store = new RedisTokenStore(openRedis(settings), settings.keyPrefix, cipher);
    await store.#availability.firstConnection(FIRST_CONNECTION_MS);
    return store;
  }

  now(): Promise<Date> {
    return this.asked(async (redis) => {
      const [seconds, micros] = await redis.time();
      return new Date(Number(seconds) * 1000 + Number(micros) / 1000);
    });
  }

  get(key: AccessTokenKey): Promise<StoredAccess | undefined> {
    return this.asked(async () => {
      const fields = await this.fieldsOf(key);
      if (fields === undefined) return { unreadable: true };
      const [encrypted] = fields;
      if (encrypted) this.#reencryption.inBackground(key, encrypted);
      return this.#codec.read(key, fields);
    });
  }

  async acquire(key: AccessTokenKey, { termMs, holder }: LeaseRequest): Promise<Lease | undefined> {
    const id = randomUUID();
    const isAcquired = await this.run(ACQUIRE, key, [id, holder.slice(0, MAX_HOLDER_LENGTH), termMs]);
    return isAcquired ? { key, id } : undefined;
  }

  extend({ key, id }: Lease, termMs: number): Promise<boolean> {
    return this.run(EXTEND, key, [id, termMs]);
  }

  commit({ key, id }: Lease, token: AccessToken): Promise<boolean> {
    const { encrypted, facts } = this.#codec.write(key, token);
    return this.run(COMMIT, key, [id, ttlMsOf(token), encrypted, token.hash, facts]);
  }

  fail({ key, id }: Lease, failure: RenewalFailure): Promise<boolean> {
    return this.run(FAIL, key, [id, FAILURE_TTL_MS, this.#codec.writeFailure(failure)]);
  }

  async release({ key, id }: Lease): Promise<void> {
    await this.run(RELEASE, key, [id]);
  }

  delete(key: KeyName, tokenHash?: string): Promise<boolean> {
    return this.run(DELETE, key, [tokenHash ?? '']);
  }

  async deleteRegistration(registrationId: string): Promise<void> {
    const keys = this.#keys;
    const names = [keys.accessPrefix(registrationId), keys.leasePrefix(registrationId)];
    await this.asked((redis) =>
      DELETE_REGISTRATION.run(redis, [keys.index(registrationId)], [keys.channel, ...names]),
    );
  }

  async list(registrationId: string): Promise<StoredAccessInfo[]> {
    const keys = this.#keys;
    const names = [keys.accessPrefix(registrationId), keys.leasePrefix(registrationId)];
    const rows = await this.asked((redis) => LIST.run(redis, [keys.index(registrationId)], names));
    return (rows as ListedRow[])
      .map(([keyId, hash, facts, failure, lease]) => {
        const holder = lease === null ? null : lease.slice(lease.indexOf(' ') + 1);
        return this.#codec.readListed({ keyId, registrationId, hash, facts, failure, holder });
      })
      .sort((one, other) => (one.keyId < other.keyId ? -1 : 1));
  }

  onChange(listener: (keyId: string | undefined) => void): () => void {
    return this.#changes.add(listener);
  }

  /**
   * Encrypts every stored token with the first key of the ring. A token that our keys do not decrypt stays as it is.
   *
   * @returns how many tokens were re-encrypted
   */
  reencryptAll(): Promise<number> {
    return this.asked(() => this.#reencryption.all());
  }

  async close(): Promise<void> {
    this.#availability.closing();
    this.#changes.close();
    const { client } = this.#connection;
    // QUIT is answered after the commands in progress.
    await client.quit().catch(() => client.disconnect());
  }

  /** The fields of a key in one round trip, or undefined when another program stored something under its name. */
  private async fieldsOf(key: AccessTokenKey): Promise<EntryFields | undefined> {
    try {
      return await this.#connection.client.hmget(this.#keys.access(key), 'sealed', 'token', 'failure');
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('WRONGTYPE')) throw error;
      this.#codec.warn(key.id);
      return undefined;
    }
  }

  private run(script: RedisScript, key: KeyName, args: readonly RedisValue[]): Promise<boolean> {
    const keys = this.#keys;
    const names = [keys.access(key), keys.lease(key), keys.index(key.registrationId)];
    return this.asked(
      async (redis) => (await script.run(redis, names, [key.id, keys.channel, ...args])) === 1,
    );
  }

  private async asked<T>(question: (redis: RedisConnection['client']) => Promise<T>): Promise<T> {
    try {
      return await question(this.#connection.client);
    } catch (error) {
      throw unavailable(this.#connection.address, error);
    }
  }
}

/** How long Redis keeps a token after the write. Only the length of the token's life counts, because clocks differ. */
function ttlMsOf({ lifeMs }: AccessToken): number {
  return Math.min(MAX_TOKEN_TTL_MS, Math.max(0, Math.ceil(lifeMs)) + TOKEN_TTL_SLACK_MS);
}
