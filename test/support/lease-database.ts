import { DataSource } from 'typeorm';
import { type Clock, SystemClock } from '../../src/common/clock.js';
import { Leases } from '../../src/database/leases.js';
import { dataSourceOptions } from '../../src/database/lti-data-source.js';
import { createMigratedDatabase, type TestDatabase } from './test-database.js';

const POOL_SIZE = 3;

/** The leases of one process. */
export interface LeaseParty {
  leases: Leases;
  dataSource: DataSource;
}

/** A migrated database, and several users of leases there, each with its own pool, as another process has. */
export class LeaseDatabase {
  private readonly pools: DataSource[] = [];

  private constructor(private readonly database: TestDatabase) {}

  static async create(): Promise<LeaseDatabase> {
    const database = await createMigratedDatabase();
    return new LeaseDatabase(database);
  }

  get url(): string {
    return this.database.url;
  }

  async party(clock: Clock = new SystemClock(), url = this.url): Promise<LeaseParty> {
    const dataSource = await new DataSource(dataSourceOptions(url, POOL_SIZE)).initialize();
    this.pools.push(dataSource);
    return { leases: new Leases(dataSource, clock), dataSource };
  }

  async drop(): Promise<void> {
    for (const pool of this.pools) if (pool.isInitialized) await pool.destroy();
    await this.database.drop();
  }
}
