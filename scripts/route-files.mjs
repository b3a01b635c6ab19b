// Counts the files of src that one request enters, for each of these routes (docs/architecture.md):
//   token   `authenticate` without a stored token, to the answer of the token endpoint and the stored token
//   call    `authenticate` as above, and the roster read with that token
//   launch  the first launch into a course, from the browser's first request to the page that opens the tool
//   again   a later launch into it, which is the usual one
//   score   from `enqueue` to the outbox row that says `posted`; the token is stored already
// V8 counts the calls of every function. A file is entered when one of its functions was called in each of three requests,
// so that interval work does not count. The platform and the browser run in a worker, which V8 counts separately.
// Also prints the median and the maximum length of the files of src, without src/testing and specs.
//
//   npm run routes [-- --list]
import { NestFactory } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { ScheduleModule } from '@nestjs/schedule';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BUILT = pathToFileURL(join(ROOT, 'dist/src/')).href;
const REQUESTS = 3;
/** Background work of a request, such as the release of a lease, ends within this time. */
const SETTLING_MS = 500;

if (isMainThread) await main();
else await platform();

/** The worker: a platform with courses, and the browser that launches them. */
async function platform() {
  const { SimulatedPlatform } = await import(`${BUILT}testing/index.js`);
  const lms = await SimulatedPlatform.start();
  const commands = {
    urls: () => ({
      issuer: lms.issuer,
      authorizationUrl: lms.authorizationUrl,
      tokenUrl: lms.tokenUrl,
      jwksUrl: lms.jwksUrl,
    }),
    addTool: (input) => void lms.addTool(input),
    addCourse: () => {
      const course = lms.addCourse({ members: 3, coupledLineItem: true });
      const { contextId, membershipsUrl, lineItemsUrl, members } = course;
      const [lineItem] = lms.gradebook(contextId);
      const userId = members.at(-1).userId;
      return { contextId, membershipsUrl, lineItemsUrl, lineItemUrl: lineItem.url, userId };
    },
    launch: async (input) => {
      const { status, body } = await lms.launch(input);
      return { status, body };
    },
    scores: () => lms.counts.scoresAccepted,
  };
  parentPort.on('message', async ({ name, input }) => {
    if (name === 'stop') await lms.stop();
    parentPort.postMessage(name === 'stop' ? undefined : await commands[name](input));
  });
}

async function main() {
  const worker = new Worker(new URL(import.meta.url));
  const ask = (name, input) =>
    new Promise((resolve) => {
      worker.once('message', resolve);
      worker.postMessage({ name, input });
    });
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });

  const directory = mkdtempSync(join(tmpdir(), 'nest-lti-routes-'));
  chmodSync(directory, 0o755);
  const { EmbeddedPostgres } = await import(`${BUILT}server/embedded-postgres/embedded-postgres.js`);
  const postgres = await EmbeddedPostgres.start({
    directory: join(directory, 'postgres'),
    durability: 'none',
  });
  const { app, routes } = await tool(postgres.url, ask);
  try {
    const entered = {};
    for (const [name, route] of Object.entries(routes)) {
      await route();
      entered[name] = await enteredFiles(session, route);
    }
    report(entered);
  } finally {
    await app.close();
    await postgres.stop();
    await ask('stop');
    await worker.terminate();
    for (const path of [postgres.directory, directory]) rmSync(path, { recursive: true, force: true });
  }
}

/** nest-lti in this process, and one function for each route. */
async function tool(databaseUrl, ask) {
  const lti = await import(`${BUILT}index.js`);
  const { createCourseSchema } = await import(`${BUILT}courses/course.schema.js`);
  const url = `http://127.0.0.1:${await freePort()}`;
  const module = lti.LtiModule.forRoot({
    publicUrl: url,
    database: { url: databaseUrl },
    tokenStore: 'postgres',
    encryptionKeys: `routes:${Buffer.alloc(32, 1).toString('base64')}`,
    platformHttp: { allowPrivateNetworks: true },
    courseSync: { every: 'never' },
    launch: { toolUrls: ['https://tool.example.edu'] },
  });
  class Host {}
  const imports = [ScheduleModule.forRoot(), EventEmitterModule.forRoot(), module];
  const app = await NestFactory.create({ module: Host, imports }, { logger: ['error'] });
  await app.listen(Number(new URL(url).port), '127.0.0.1');
  const get = (service) => app.get(service, { strict: false });
  const [oauth, memberships] = [get(lti.OAuthService), get(lti.MembershipsService)];

  const jwks = await get(lti.ToolKeyService).jwks();
  const launch = { loginUrl: `${url}/lti/login`, redirectUris: [`${url}/lti/launch`] };
  const custom = { targetLinkUri: 'https://tool.example.edu/' };
  /** A registration without a token, and a course of it. */
  const register = async () => {
    const clientId = crypto.randomUUID();
    await ask('addTool', { clientId, jwks, launch: { ...launch, ...custom } });
    const course = await ask('addCourse');
    const urls = await ask('urls');
    const input = { name: clientId, clientId, ...urls, deployments: ['1'] };
    const registration = await get(lti.RegistrationService).create(lti.createRegistrationSchema.parse(input));
    const { contextId, membershipsUrl, lineItemsUrl } = course;
    const found = {
      registrationId: registration.id,
      deploymentId: '1',
      contextId,
      membershipsUrl,
      lineItemsUrl,
    };
    const { id } = await get(lti.CourseService).create(createCourseSchema.parse(found));
    return { clientId, registration, course, id };
  };
  const endpointsOf = ({ membershipsUrl, lineItemsUrl }) => ({
    memberships: membershipsUrl,
    lineItems: lineItemsUrl,
  });
  const launchInto = async ({ clientId, course: { contextId, userId } }) => {
    const { status, body } = await ask('launch', { clientId, contextId, userId });
    if (!body.includes('action="https://tool.example.edu/"'))
      throw new Error(`The launch failed: ${status}.`);
  };
  const prepared = (prepare, request) => async (measure) => {
    const parts = await prepare();
    await delay(SETTLING_MS);
    return measure === undefined ? request(parts) : measure(() => request(parts));
  };
  const routes = {
    token: prepared(register, ({ registration, course }) =>
      oauth.authenticate(registration, endpointsOf(course)),
    ),
    call: prepared(register, async ({ registration, course }) => {
      const client = await oauth.authenticate(registration, endpointsOf(course));
      await memberships.getMembers(client);
    }),
    launch: prepared(register, launchInto),
    again: prepared(async () => {
      const parts = await register();
      await launchInto(parts);
      return parts;
    }, launchInto),
    score: prepared(
      async () => {
        const parts = await register();
        await oauth.authenticate(parts.registration, endpointsOf(parts.course));
        return parts;
      },
      async ({ id, course }) => {
        const before = await ask('scores');
        const { lineItemUrl: lineItemId, userId } = course;
        const given = { activityProgress: 'Completed', gradingProgress: 'FullyGraded', scoreMaximum: 1 };
        await get(lti.GradePassbackService).enqueue(id, { lineItemId, userId, scoreGiven: 1, ...given });
        for (let tries = 0; (await ask('scores')) === before; tries += 1) {
          if (tries > 100) throw new Error('The score did not arrive.');
          await delay(100);
        }
      },
    ),
  };
  return { app, routes };
}

/** The files of src whose functions were called in each of some requests. */
async function enteredFiles(session, route) {
  let entered;
  for (let n = 0; n < REQUESTS; n += 1) {
    const files = await route(async (request) => {
      await session.post('Profiler.takePreciseCoverage');
      await request();
      await delay(SETTLING_MS);
      return calledFiles(await session.post('Profiler.takePreciseCoverage'));
    });
    entered = entered === undefined ? files : entered.filter((file) => files.includes(file));
  }
  return entered.sort();
}

function calledFiles({ result }) {
  return result
    .filter(({ url }) => url.startsWith(BUILT))
    .filter(({ functions }) =>
      // The first one is the module itself, which runs when it is imported.
      functions.some(
        ({ functionName, ranges: [range] }) =>
          range.count > 0 && !(functionName === '' && range.startOffset === 0),
      ),
    )
    .map(({ url }) => url.slice(BUILT.length).replace(/\.js$/, '.ts'));
}

function report(entered) {
  const lines = (file) => readFileSync(file, 'utf8').split('\n').length - 1;
  const files = readdirSync(join(ROOT, 'src'), { recursive: true })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts') && !file.startsWith('testing/'))
    .map((file) => ({ file, length: lines(join(ROOT, 'src', file)) }))
    .sort((one, other) => one.length - other.length);
  for (const [name, names] of Object.entries(entered)) {
    const total = names.reduce((sum, file) => sum + lines(join(ROOT, 'src', file)), 0);
    console.log(`${name.padEnd(7)} ${String(names.length).padStart(3)} files entered, ${total} lines`);
    if (process.argv.includes('--list')) for (const file of names) console.log(`          ${file}`);
  }
  const longest = files.at(-1);
  const total = files.reduce((sum, { length }) => sum + length, 0);
  const median = files[Math.floor(files.length / 2)].length;
  console.log(
    `src without testing and specs: ${files.length} files, ${total} lines, median ${median}, ` +
      `maximum ${longest.length} (src/${longest.file})`,
  );
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
