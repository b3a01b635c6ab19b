import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parse } from 'yaml';
import { freePort } from '../../src/demo/free-port.js';
import { type SimulatedCourse, SimulatedPlatform } from '../../src/testing/index.js';
import { testRedisUrl } from '../support/redis-fixture.js';
import { makeCertificate } from '../support/self-made-certificate.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { findProgram, installPrograms } from '../support/test-programs.js';
import { until } from '../support/until.js';
import { asNobody, ImageDirectory, words } from './image-directory.js';

const example = join(process.cwd(), 'examples/standalone');

/** The part of compose.yaml that this test reads. */
interface ComposeFile {
  services: Record<string, { environment: Record<string, string> }>;
}

/** compose.yaml with the values of `.env`, as `docker compose` reads it. */
async function composeFile(values: Readonly<Record<string, string>>): Promise<ComposeFile> {
  const text = await readFile(join(example, 'compose.yaml'), 'utf8');
  const filled = text.replace(/\$\{(\w+)(?::\?[^}]*)?\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`.env.example has no ${name}.`);
    return value;
  });
  return parse(filled, { merge: true }) as ComposeFile;
}

/** nginx.conf with these names, ports and files in place of those of the containers. */
async function nginxConfiguration(places: Readonly<Record<string, string>>): Promise<string> {
  let configuration = await readFile(join(example, 'nginx.conf'), 'utf8');
  for (const [place, own] of Object.entries(places)) {
    if (!configuration.includes(place)) throw new Error(`nginx.conf has no ${place}.`);
    configuration = configuration.replaceAll(place, own);
  }
  return configuration;
}

const answers = (url: string): Promise<true | undefined> =>
  fetch(url).then(
    () => true,
    () => undefined,
  );

// There is no engine here: each container is a process of this machine.
describe('examples/standalone', () => {
  const processes: ChildProcess[] = [];
  const [servicePorts, origin, inside] = [[] as number[], { url: '' }, { url: '' }];
  const tls = makeCertificate();
  let apiKey: string;
  let database: TestDatabase;
  let directory: string;
  let image: ImageDirectory;
  let lms: SimulatedPlatform;
  let course: SimulatedCourse;

  beforeAll(async () => {
    const say = (text: string): void => void process.stderr.write(`${text}\n`);
    installPrograms({ wanted: ['nginx', 'Python'], say });
    [database, image] = await Promise.all([createTestDatabase(), ImageDirectory.create()]);
    directory = await mkdtemp(join(tmpdir(), 'nest-lti-standalone-'));
    await chmod(directory, 0o755);
    const [one = 0, two = 0, toolPort = 0, publicPort = 0, insidePort = 0] = await freePorts(5);
    servicePorts.push(one, two);
    origin.url = `https://127.0.0.1:${publicPort}`;
    inside.url = `http://127.0.0.1:${insidePort}`;
    const compose = await composeFile(await environmentFile());
    await startServices(compose);
    const tool = { ...compose.services.tool?.environment, LTI_URL: inside.url, PORT: String(toolPort) };
    start(findProgram('Python'), [join(example, 'tool/tool.py')], {
      env: { PATH: process.env.PATH, ...tool },
    });
    await startNginx({
      'lti-1:3000': `127.0.0.1:${one}`,
      'lti-2:3000': `127.0.0.1:${two}`,
      'tool:8000': `127.0.0.1:${toolPort}`,
      'listen 443': `listen 127.0.0.1:${publicPort}`,
      'listen 8080': `listen 127.0.0.1:${insidePort}`,
      '/tls/fullchain.pem': tls.certificate,
      '/tls/privkey.pem': tls.key,
    });
    await until('the tool listens', () => answers(`http://127.0.0.1:${toolPort}/`));
    await until('nginx serves', () => answers(inside.url));
    await connect();
  });
  afterAll(async () => {
    const running = processes.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
    const exits = running.map((child) => once(child, 'exit'));
    for (const child of running) child.kill('SIGTERM');
    await Promise.all(exits);
    delete https.globalAgent.options.ca;
    await lms.stop();
    await database.drop();
    await image.remove();
    tls.remove();
    await rm(directory, { recursive: true, force: true });
  });

  function start(file: string, args: string[], options: Parameters<typeof spawn>[2] = {}): ChildProcess {
    const child = spawn(file, args, { ...options, stdio: ['ignore', 'ignore', 'inherit'] });
    processes.push(child);
    return child;
  }

  async function freePorts(count: number): Promise<number[]> {
    return Promise.all(Array.from({ length: count }, () => freePort(0)));
  }

  /** .env.example, filled in. */
  async function environmentFile(): Promise<Record<string, string>> {
    const lines = (await readFile(join(example, '.env.example'), 'utf8')).split('\n');
    const names = lines.filter((line) => /^\w/.test(line)).map((line) => line.split('=')[0] ?? '');
    apiKey = randomBytes(24).toString('hex');
    const filled: Record<string, string> = {
      PUBLIC_URL: origin.url,
      POSTGRES_PASSWORD: 'of-the-container',
      ENCRYPTION_KEYS: `main:${randomBytes(32).toString('base64')}`,
      ADMIN_API_KEY: apiKey,
    };
    return Object.fromEntries(names.map((name) => [name, filled[name] ?? '']));
  }

  async function startServices({ services }: ComposeFile): Promise<void> {
    const [file = '', ...args] = [...words('ENTRYPOINT'), ...words('CMD')];
    for (const [index, port] of servicePorts.entries()) {
      const env = {
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        LOG_LEVEL: 'warn',
        ...services[`lti-${index + 1}`]?.environment,
        PORT: String(port),
        DATABASE_URL: database.url,
        REDIS_URL: testRedisUrl(),
        // That of the LMS is on loopback.
        ALLOW_PRIVATE_NETWORKS: 'true',
      };
      start(file, args, { cwd: image.path, env, ...asNobody });
      const ready = `http://127.0.0.1:${port}/health/ready`;
      await until(`lti-${index + 1} listens`, () => answers(ready), 120_000);
    }
  }

  async function startNginx(places: Record<string, string>): Promise<void> {
    // The browsers of this process trust it then.
    https.globalAgent.options.ca = tls.ca;
    const configuration = join(directory, 'nginx.conf');
    await writeFile(configuration, await nginxConfiguration(places));
    const globals = `daemon off; pid ${directory}/nginx.pid; error_log stderr;`;
    start(findProgram('nginx'), ['-p', directory, '-c', configuration, '-g', globals]);
  }

  /** Each side is registered at the other one. The LMS of this test reads the keys inside: it does not trust the certificate. */
  async function connect(): Promise<void> {
    lms = await SimulatedPlatform.start({ family: 'moodle' });
    course = lms.addCourse({ members: 5, coupledLineItem: true });
    lms.addTool({
      clientId: 'standalone',
      jwksUrl: `${inside.url}/lti/jwks.json`,
      launch: { loginUrl: `${origin.url}/lti/login`, redirectUris: [`${origin.url}/lti/launch`] },
    });
    const { issuer, authorizationUrl, tokenUrl, jwksUrl } = lms;
    const registration = { name: 'LMS', issuer, clientId: 'standalone', authorizationUrl, tokenUrl, jwksUrl };
    const { status } = await fetch(`${inside.url}/api/v1/registrations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...registration, deployments: ['1'] }),
    });
    expect(status).toBe(201);
  }

  async function request(path: string, form?: { origin: string; fields: Record<string, string> }) {
    const headers = {
      ...(form !== undefined && { origin: form.origin, 'content-type': 'application/x-www-form-urlencoded' }),
    };
    const outgoing = https.request(origin.url + path, {
      method: form === undefined ? 'GET' : 'POST',
      headers,
    });
    outgoing.end(form && new URLSearchParams(form.fields).toString());
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    return { status: response.statusCode, body: await text(response) };
  }

  /** A learner launches the tool. @returns the session in its form */
  async function launch(userId: string): Promise<string> {
    const browser = lms.browser();
    const page = await browser.submit(await lms.launch({ userId }, browser));
    expect(page.body).toContain('<button>Done</button>');
    return /value=([^>]+)>/.exec(page.body)?.[1] ?? '';
  }

  const done = (session: string, from = origin.url) =>
    request('/tool/done', { origin: from, fields: { session } });
  const accepted = { status: 200, body: expect.stringContaining('on its way') };
  const learners = () => course.members.slice(1).map(({ userId }) => userId);
  const scoreArrives = (userId: string) =>
    until('the score is in the gradebook', () =>
      Promise.resolve(course.gradebook.lineItems[0]?.resultScore(userId)),
    );

  it('launches the tool in Python through nginx, and brings its scores into the gradebook', async () => {
    const [, ...others] = learners();
    for (const userId of others) expect(await done(await launch(userId))).toEqual(accepted);
    for (const userId of others) await scoreArrives(userId);
  });

  it('refuses a form of another site', async () => {
    const session = await launch(learners()[1] ?? '');
    expect(await done(session, 'https://evil.example')).toMatchObject({ status: 404 });
  });

  it.each(['/api/v1/registrations', '/health/ready', '/metrics', '/dashboard/', '/docs'])(
    'does not open %s to the internet',
    async (path) => {
      expect(await request(path)).toMatchObject({ status: 404 });
    },
  );

  it('goes on with one of its two processes', async () => {
    const [first] = processes;
    first?.kill('SIGTERM');
    await once(first!, 'exit');
    const [userId = ''] = learners();
    // nginx asks the two in turn.
    await launch(userId);
    expect(await done(await launch(userId))).toEqual(accepted);
    await scoreArrives(userId);
  });
});
