import { DataSource } from 'typeorm';
import { type KeyRing } from '../../src/common/encryption.js';
import { dataSourceOptions } from '../../src/database/lti-data-source.js';
import { type FeedTimes } from '../../src/access-tokens/stores/postgres/change-feed.js';
import { PostgresTokenStore } from '../../src/access-tokens/stores/postgres/postgres-token-store.js';
import { TokenCipher } from '../../src/access-tokens/token-cipher.js';
import { allowMadeUpRegistrations } from './made-up-registrations.js';
import { sql } from './sql.js';
import { createMigratedDatabase, type TestDatabase } from './test-database.js';
import { ringOf } from './key-ring.js';

const POOL_SIZE = 3;

/** Short time-outs, so that an outage and its end are noticed soon. */
const BRISK: FeedTimes = { heartbeatMs: 100, answerMs: 500, retryMs: 20, longestRetryMs: 100 };

export interface StoreSettings {
  /** The key ring; the first key encrypts. Default: one key, the same for all stores. */
  ring?: KeyRing;
  /** The URL of the database. Default: without a proxy. */
  url?: string;
  /** The URL for LISTEN. Default: `url`. */
  directUrl?: string;
  poolSize?: number;
}

/** A migrated database, and Postgres token stores on it, each with its own pool, as another process has. */
export class TokenStoreDatabase {
  private readonly stores: PostgresTokenStore[] = [];
  private readonly pools: DataSource[] = [];

  private constructor(private readonly database: TestDatabase) {}

  static async create(): Promise<TokenStoreDatabase> {
    const database = await createMigratedDatabase();
    await allowMadeUpRegistrations(database.url);
    return new TokenStoreDatabase(database);
  }

  get url(): string {
    return this.database.url;
  }

  async open(settings: StoreSettings = {}): Promise<PostgresTokenStore> {
    const pool = await this.pool(settings.url, settings.poolSize);
    return this.openOn(pool, settings);
  }

  /** One more store on the same pool. */
  openOn(pool: DataSource, { ring = ringOf('k1'), url = this.url, directUrl = url }: StoreSettings = {}) {
    const store = new PostgresTokenStore(pool, new TokenCipher(ring), directUrl, BRISK);
    this.stores.push(store);
    return store;
  }

  async pool(url = this.url, poolSize = POOL_SIZE): Promise<DataSource> {
    const pool = await new DataSource(dataSourceOptions(url, poolSize)).initialize();
    this.pools.push(pool);
    return pool;
  }

  /** The stored row, without decryption. */
  async row(keyId: string): Promise<Record<string, unknown> | undefined> {
    const [row] = await sql(this.url, `SELECT * FROM nest_lti.access_token WHERE key_id = '${keyId}'`);
    return row;
  }

  async drop(): Promise<void> {
    for (const store of this.stores) await store.close();
    for (const pool of this.pools) await pool.destroy();
    await this.database.drop();
  }
}
