import { type DynamicModule, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { randomBytes } from 'node:crypto';
import request from 'supertest';
import { type LtiModuleOptions } from '../../src/index.js';
import { HostDiary, HostModule } from './host-app.js';
import { type AdapterName, adapterOf } from './http-adapters.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';

export const HOST_API_KEY = 'a-key-for-the-guest-tests';

/** Valid options for this database. */
export function guestOptions(databaseUrl: string, changes: Partial<LtiModuleOptions> = {}): LtiModuleOptions {
  return {
    publicUrl: 'http://localhost',
    database: { url: databaseUrl },
    encryptionKeys: `test:${randomBytes(32).toString('base64')}`,
    adminApiKey: HOST_API_KEY,
    platformHttp: { allowPrivateNetworks: true },
    ...changes,
  };
}

/** A host application that listens, its own database, and the database of nest-lti. */
export class RunningHost {
  private constructor(
    readonly app: INestApplication,
    readonly url: string,
    readonly hostDatabase: TestDatabase,
    readonly ltiDatabase: TestDatabase,
  ) {}

  /** @param lti creates the module from the options, which the host's ConfigService has under `lti`, too */
  static async start(
    lti: (options: LtiModuleOptions) => DynamicModule | undefined,
    changes: Partial<LtiModuleOptions> = {},
    adapter: AdapterName = 'express',
  ): Promise<RunningHost> {
    const hostDatabase = await createTestDatabase();
    const ltiDatabase = await createTestDatabase();
    const options = guestOptions(ltiDatabase.url, changes);
    const module = HostModule.with(hostDatabase.url, { lti: options }, lti(options));
    const app = await NestFactory.create(module, adapterOf(adapter), {
      logger: false,
      abortOnError: false,
    });
    app.enableShutdownHooks();
    await app.listen(0, '127.0.0.1');
    return new RunningHost(app, await app.getUrl(), hostDatabase, ltiDatabase);
  }

  get diary(): HostDiary {
    return this.app.get(HostDiary);
  }

  get http(): ReturnType<typeof request> {
    return request(this.url);
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.hostDatabase.drop();
    await this.ltiDatabase.drop();
  }
}
