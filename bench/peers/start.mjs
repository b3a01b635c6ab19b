// A Nest application with TypeORM and pg, bare or with nest-lti: `node start.mjs bare|nest-lti`.
import { contestant } from './contestant.mjs';

const BYTES_OF_A_MIB = 2 ** 20;
let app;

contestant({
  start: async ({ databaseUrl, port }) => {
    const beganMs = performance.now();
    await import('reflect-metadata');
    const { NestFactory } = await import('@nestjs/core');
    const { EventEmitterModule } = await import('@nestjs/event-emitter');
    const { ScheduleModule } = await import('@nestjs/schedule');
    const { TypeOrmModule } = await import('@nestjs/typeorm');
    await import('@nestjs/platform-express');
    await import('pg');
    const lti = process.argv[2] === 'nest-lti' ? await import('../../dist/src/index.js') : undefined;
    const importedMs = performance.now();

    class Host {}
    const imports = [
      EventEmitterModule.forRoot(),
      ScheduleModule.forRoot(),
      TypeOrmModule.forRoot({ type: 'postgres', url: databaseUrl, entities: [] }),
      ...(lti === undefined ? [] : [lti.LtiModule.forRoot(optionsOf(databaseUrl, port))]),
    ];
    app = await NestFactory.create({ module: Host, imports }, { logger: ['error'] });
    await app.listen(port, '127.0.0.1');
    return {
      importMs: importedMs - beganMs,
      bootMs: performance.now() - importedMs,
      memoryMiB: process.memoryUsage.rss() / BYTES_OF_A_MIB,
    };
  },
  close: () => app.close(),
});

function optionsOf(databaseUrl, port) {
  return {
    publicUrl: `http://127.0.0.1:${port}`,
    database: { url: databaseUrl },
    encryptionKeys: `bench:${Buffer.alloc(32, 1).toString('base64')}`,
    launch: { toolUrls: ['https://tool.example.edu'] },
  };
}
