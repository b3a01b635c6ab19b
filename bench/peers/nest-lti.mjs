// nest-lti as an application uses it, on PostgreSQL: `node nest-lti.mjs express|fastify`.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ScheduleModule } from '@nestjs/schedule';
import { createRequire } from 'node:module';
import {
  createRegistrationSchema,
  GradeService,
  LtiModule,
  MembershipsService,
  OAuthService,
  RegistrationService,
} from '../../dist/src/index.js';
import { contestant, inFlight, lineItemOf, membersOf, score } from './contestant.mjs';

// Its own copy of pg, and not that of the peers.
const pg = createRequire(new URL('../../dist/src/index.js', import.meta.url))('pg');
let statements = 0;
const connected = new Set();
const { connect, query } = pg.Client.prototype;
pg.Client.prototype.connect = function noted(...args) {
  connected.add(this.once('end', () => connected.delete(this)));
  return connect.apply(this, args);
};
pg.Client.prototype.query = function counted(...args) {
  statements += 1;
  return query.apply(this, args);
};

/** The commits of the database so far. PostgreSQL adds those of a connection at most once a second unless it is told to. */
async function commits() {
  const clients = [...connected];
  for (const client of clients) await query.call(client, 'SELECT pg_stat_force_next_flush()');
  asked += clients.length + 1;
  const text = 'SELECT xact_commit::int FROM pg_stat_database WHERE datname = current_database()';
  const { rows } = await query.call(clients[0], text);
  // The question itself commits, too.
  return rows[0].xact_commit - asked;
}
let asked = 0;

class Host {}
let app;
const registrations = new Map();
const service = (type) => app.get(type, { strict: false });

async function clientOf(clientId, { lms }, course) {
  const registration = registrations.get(clientId);
  return service(OAuthService).authenticate(registration, {
    memberships: membersOf(lms, course),
    lineItems: `${lms}/courses/${course}/lineitems`,
  });
}

let platform;
contestant({
  open: async ({ databaseUrl, port }) => {
    const lti = LtiModule.forRoot({
      publicUrl: `http://127.0.0.1:${port}`,
      database: { url: databaseUrl },
      tokenStore: 'postgres',
      encryptionKeys: `bench:${Buffer.alloc(32, 1).toString('base64')}`,
      platformHttp: { allowPrivateNetworks: true, concurrencyPerPlatform: 50 },
      courseSync: { every: 'never', concurrency: 0 },
      launch: { toolUrls: ['https://tool.example.edu'] },
    });
    const adapter = process.argv[2] === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
    const root = { module: Host, imports: [ScheduleModule.forRoot(), EventEmitterModule.forRoot(), lti] };
    app = await NestFactory.create(root, adapter, { logger: ['error'] });
    await app.listen(port, '127.0.0.1');
  },
  register: async (input) => {
    platform = input;
    const { issuer, clientId, tokenUrl, jwksUrl } = input;
    const body = { name: 'Bench', issuer, clientId, tokenUrl, jwksUrl, authorizationUrl: `${issuer}/auth` };
    const wanted = createRegistrationSchema.parse({ ...body, deployments: [input.deploymentId] });
    registrations.set(clientId, await service(RegistrationService).create(wanted));
  },
  scores: async ({ clientId, count, limit }) => {
    const client = await clientOf(clientId, platform, 1);
    const lineItem = lineItemOf(platform.lms, 1);
    return inFlight(count, limit, (nth) => service(GradeService).postScore(client, lineItem, score(nth)));
  },
  herd: ({ clientId, callers }) =>
    inFlight(callers, callers, async (nth) => {
      const client = await clientOf(clientId, platform, 1);
      await service(GradeService).postScore(client, lineItemOf(platform.lms, 1), score(nth));
    }),
  roster: async ({ clientId }) =>
    (await service(MembershipsService).getMembers(await clientOf(clientId, platform, 'big'))).length,
  courses: ({ clientId, count, limit }) =>
    inFlight(count, limit, async (nth) =>
      service(MembershipsService).getMembers(await clientOf(clientId, platform, nth)),
    ),
  listen: ({ port }) => ({ url: `http://127.0.0.1:${port}`, login: '/lti/login', launch: '/lti/launch' }),
  statements: () => statements,
  commits,
});
