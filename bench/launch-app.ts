import { NestFactory } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { ScheduleModule } from '@nestjs/schedule';
import { Module } from '@nestjs/common';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedPostgres } from '../src/server/embedded-postgres/embedded-postgres.js';
import { freePort } from '../src/demo/free-port.js';
import { createRegistrationSchema, LtiModule, RegistrationService } from '../src/index.js';
import { openDirectory } from '../test/support/open-directory.js';
import { type AdapterName, adapterOf } from '../test/support/http-adapters.js';
import { registrationBody } from '../test/support/registration-body.js';
import { type BenchPlatform } from './launch-platform.js';

@Module({})
class Host {}

/** nest-lti in an application with its own PostgreSQL, with the platform registered. */
export async function launchApp(platform: BenchPlatform, adapter: AdapterName) {
  const directory = await openDirectory('nest-lti-bench-');
  const postgres = await EmbeddedPostgres.start({ directory: join(directory, 'postgres') });
  const port = await freePort(0);
  const url = `http://127.0.0.1:${port}`;
  const lti = LtiModule.forRoot({
    publicUrl: url,
    database: { url: postgres.url },
    tokenStore: 'memory',
    encryptionKeys: `bench:${Buffer.alloc(32, 1).toString('base64')}`,
    platformHttp: { allowPrivateNetworks: true },
    courseSync: { every: 'never', concurrency: 0 },
    launch: { toolUrls: ['https://tool.example.edu'] },
  });
  const app = await NestFactory.create(
    { module: Host, imports: [ScheduleModule.forRoot(), EventEmitterModule.forRoot(), lti] },
    adapterOf(adapter),
    { logger: false },
  );
  await app.listen(port, '127.0.0.1');
  await app.get(RegistrationService, { strict: false }).create(
    createRegistrationSchema.parse(
      registrationBody({
        issuer: platform.issuer,
        clientId: platform.clientId,
        authorizationUrl: `${platform.issuer}/auth`,
        tokenUrl: `${platform.issuer}/token`,
        jwksUrl: platform.jwksUrl,
      }),
    ),
  );
  return {
    url,
    stop: async () => {
      await app.close();
      await postgres.stop();
      for (const path of [postgres.directory, directory]) await rm(path, { recursive: true, force: true });
    },
  };
}
