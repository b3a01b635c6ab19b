import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DemoProcess } from './demo-process.js';
import { JsonApi } from './json-api.js';

const COURSES = 5;
const MEMBERS = 120;
const BIG_COURSE = 2000;
const USUAL_PORT = 3000;

/** The simulated LMS and the service, each a process of its own, on a database that goes with the demo. */
export interface DemoServices {
  lms: JsonApi;
  lmsUrl: string;
  api: JsonApi;
  apiUrl: string;
  apiKey: string;
  directory: string;
  stop(): Promise<void>;
}

export async function startServices(): Promise<DemoServices> {
  const directory = await mkdtemp(join(tmpdir(), 'nest-lti-demo-'));
  // For root the database runs as another user, who has to reach its own files in here.
  await chmod(directory, 0o755);
  const started: DemoProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const service of started.toReversed()) await service.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const lms = await DemoProcess.start(
      scriptAt('../testing/simulated-platform.main.js'),
      ['--courses', String(COURSES), '--members', String(MEMBERS), '--big-course', String(BIG_COURSE)],
      process.env,
      { isReady: (line) => line.startsWith('{"url"'), logFile: join(directory, 'lms.log') },
    );
    started.push(lms);
    const { url: lmsUrl } = JSON.parse(lms.readyLine) as { url: string };

    const port = await freePort(USUAL_PORT);
    const apiKey = randomBytes(24).toString('base64url');
    started.push(
      await DemoProcess.start(
        scriptAt('../main.js'),
        [],
        { ...process.env, ...settings(port, apiKey, directory) },
        { isReady: (line) => line.includes('nest-lti listens on'), logFile: join(directory, 'service.log') },
      ),
    );
    const apiUrl = `http://localhost:${port}`;
    return {
      lms: new JsonApi(lmsUrl),
      lmsUrl,
      api: new JsonApi(apiUrl, apiKey),
      apiUrl,
      apiKey,
      directory,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Everything that the service reads: whatever else this shell has set must not change the demo. */
function settings(port: number, apiKey: string, directory: string): Record<string, string> {
  return {
    PORT: String(port),
    HOST: '127.0.0.1',
    PUBLIC_URL: `http://localhost:${port}`,
    DATA_DIR: directory,
    DATABASE_URL: '',
    DATABASE_DIRECT_URL: '',
    ENCRYPTION_KEYS: '',
    TOKEN_STORE: 'memory',
    JOBS_BACKEND: 'postgres',
    ADMIN_API_KEY: apiKey,
    ALLOW_PRIVATE_NETWORKS: 'true',
    ALLOWED_PRIVATE_HOSTS: '',
    SYNC_EVERY: '15m',
    LOG_LEVEL: 'info',
    TRUST_PROXY: '',
  };
}

function scriptAt(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

/** The usual port, or any other when that is taken. */
async function freePort(usual: number): Promise<number> {
  for (const port of [usual, 0]) {
    const server = createServer();
    const found = await new Promise<number | undefined>((resolve) => {
      server.once('error', () => resolve(undefined));
      server.listen(port, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' ? address?.port : undefined);
      });
    });
    await new Promise((resolve) => server.close(resolve));
    if (found !== undefined) return found;
  }
  throw new Error('There is no free port.');
}
