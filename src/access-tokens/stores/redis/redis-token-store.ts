import { randomUUID } from 'node:crypto';
import { type RedisValue } from 'ioredis';
import { type AccessToken } from '../../access-token.js';
import { type AccessTokenKey } from '../../access-token-key.js';
import {
  type Lease,
  type LeaseRequest,
  type RenewalFailure,
  type StoredAccess,
  type StoredAccessInfo,
  type TokenStore,
} from '../token-store.js';
import { type TokenSeal } from '../token-seal.js';
import { writeFailure, writeTokenFacts } from '../access-entry.js';
import { type AccessFields, AccessReader } from '../access-reader.js';
import { listedInfo } from '../listed-info.js';
import { ChangeSubscription } from './change-subscription.js';
import { keepFailureMs, keepTokenMs } from './keeping-time.js';
import { RedisAvailability } from './redis-availability.js';
import { openRedis, type RedisConnection, type RedisSettings } from './redis-connection.js';
import { unavailable } from './redis-failure.js';
import { RedisKeys } from './redis-keys.js';
import { type RedisScript } from './redis-script.js';
import {
  ACQUIRE,
  COMMIT,
  DELETE,
  DELETE_REGISTRATION,
  EXTEND,
  FAIL,
  LIST,
  RELEASE,
} from './redis-scripts.js';
import { Resealing } from './resealing.js';

/** One key as the script lists it: key id, hash of the token, facts of the token, failure, id and holder of the lease. */
type ListedRow = [string, string | null, string | null, string | null, string | null];

type KeyName = Pick<AccessTokenKey, 'id' | 'registrationId'>;

const FIRST_CONNECTION_MS = 2000;
const MAX_HOLDER_LENGTH = 200;

/** Tokens of all processes in Redis: a single server, behind Sentinels, or a cluster. */
export class RedisTokenStore implements TokenStore {
  readonly shared = true;
  // Hidden from any inspection: the client holds the password.
  readonly #seal: TokenSeal;
  readonly #connection: RedisConnection;
  readonly #reader: AccessReader;
  readonly #resealing: Resealing;
  readonly #availability: RedisAvailability;
  readonly #keys: RedisKeys;
  readonly #changes: ChangeSubscription;

  private constructor(connection: RedisConnection, keyPrefix: string, seal: TokenSeal) {
    this.#seal = seal;
    this.#connection = connection;
    this.#keys = new RedisKeys(keyPrefix);
    this.#reader = new AccessReader(seal, 'Redis');
    this.#resealing = new Resealing(connection.client, this.#keys, seal);
    this.#availability = new RedisAvailability(connection);
    this.#changes = new ChangeSubscription(connection.client, this.#keys.channel);
  }

  /** Also resolves, after a moment, where Redis does not answer: its methods reject until it does. */
  static async connect(settings: RedisSettings, seal: TokenSeal): Promise<RedisTokenStore> {
    const store = new RedisTokenStore(openRedis(settings), settings.keyPrefix, seal);
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
      const [sealed] = fields;
      if (sealed) this.#resealing.inBackground(key, sealed);
      return this.#reader.read(key, fields);
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
    const sealed = this.#seal.seal(key, token.value);
    return this.run(COMMIT, key, [id, keepTokenMs(token), sealed, token.hash, writeTokenFacts(token)]);
  }

  fail({ key, id }: Lease, failure: RenewalFailure): Promise<boolean> {
    return this.run(FAIL, key, [id, keepFailureMs, writeFailure(failure)]);
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
        return listedInfo({ keyId, registrationId, hash, facts, failure, holder }, this.#reader);
      })
      .sort((one, other) => (one.keyId < other.keyId ? -1 : 1));
  }

  onChange(listener: (keyId: string | undefined) => void): () => void {
    return this.#changes.add(listener);
  }

  /**
   * Seals every stored token anew that an older key of the ring has sealed; one that does not open is left.
   *
   * @returns how many it sealed anew
   */
  resealAll(): Promise<number> {
    return this.asked(() => this.#resealing.all());
  }

  async close(): Promise<void> {
    this.#availability.closing();
    this.#changes.close();
    const { client } = this.#connection;
    // Says good-bye after what is under way, if anybody listens.
    await client.quit().catch(() => client.disconnect());
  }

  /** What is stored under a key, or undefined when it is nothing of ours. One round trip. */
  private async fieldsOf(key: AccessTokenKey): Promise<AccessFields | undefined> {
    try {
      return await this.#connection.client.hmget(this.#keys.access(key), 'sealed', 'token', 'failure');
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('WRONGTYPE')) throw error;
      this.#reader.warn(key.id);
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
