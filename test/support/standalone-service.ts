import { loadEnvironment } from '../../src/server/load-environment.js';
import { type Standalone, startStandalone } from '../../src/server/standalone.js';
import { createMigratedDatabase, type TestDatabase } from './test-database.js';

export const STANDALONE_API_KEY = 'a-key-for-the-standalone-tests';

/** The standalone service in this process, on a database of the test run. */
export class StandaloneService {
  private constructor(
    private readonly service: Standalone,
    readonly database: TestDatabase,
  ) {}

  static async start(environment: Record<string, string> = {}): Promise<StandaloneService> {
    const database = await createMigratedDatabase();
    const service = await startStandalone(
      loadEnvironment({
        PORT: '0',
        HOST: '127.0.0.1',
        PUBLIC_URL: 'http://localhost',
        DATABASE_URL: database.url,
        ENCRYPTION_KEYS: `a:${Buffer.alloc(32, 1).toString('base64')}`,
        ADMIN_API_KEY: STANDALONE_API_KEY,
        LOG_LEVEL: 'silent',
        ...environment,
      }),
      () => undefined,
    );
    return new StandaloneService(service, database);
  }

  get url(): string {
    return this.service.url;
  }

  async stop(): Promise<void> {
    await this.service.stop();
    await this.database.drop();
  }
}
