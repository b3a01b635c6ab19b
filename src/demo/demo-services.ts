import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EmbeddedPostgres } from '../server/embedded-postgres/embedded-postgres.js';
import { type FamilyName } from '../testing/families/family.js';
import { type DemoStore } from './demo-options.js';
import { DEMO_CLIENT_ID } from './demo-sync.js';
import { DemoProcess } from './demo-process.js';
import { DemoTool } from './demo-tool.js';
import { demoRedis } from './demo-redis.js';
import { freePort } from './free-port.js';
import { JsonApi } from './json-api.js';

const COURSES = 5;
const MEMBERS = 120;
const BIG_COURSE = 2000;
const USUAL_PORT = 3000;

/** The simulated LMS and the processes of the service, with a database that is deleted at the end of the demo. */
export interface DemoServices {
  lms: JsonApi;
  lmsUrl: string;
  api: JsonApi;
  apiUrl: string;
  apiKey: string;
  /** The tool that uses the service. */
  toolUrl: string;
  directory: string;
  stop(): Promise<void>;
}

/** The simulated LMS of a demo. */
interface RunningLms {
  readonly url: string;
  stop(): Promise<void>;
}
type StartLms = (family: FamilyName, directory: string) => Promise<RunningLms>;

/** @param processes of the service, with one database and the same configuration */
export async function startServices(
  processes: number,
  store: DemoStore,
  family: FamilyName,
  startLms: StartLms = lmsProcess,
): Promise<DemoServices> {
  const directory = await mkdtemp(join(tmpdir(), 'nest-lti-demo-'));
  // As root the database runs as another user, who needs access to this directory.
  await chmod(directory, 0o755);
  const started: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    for (const service of started.toReversed()) await service.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const lms = await startLms(family, directory);
    started.push(lms);
    const lmsUrl = lms.url;

    const port = await freePort(USUAL_PORT);
    const apiUrl = `http://localhost:${port}`;
    const apiKey = randomBytes(24).toString('base64url');
    const tool = await DemoTool.start(new JsonApi(apiUrl, apiKey), apiUrl);
    started.push(tool);
    const common = {
      ...process.env,
      ...settings(apiUrl, apiKey, directory),
      TOKEN_STORE: store,
      TOOL_URLS: tool.url,
    };
    if (store === 'redis') {
      const redis = await demoRedis(await freePort(0));
      started.push(redis);
      common.REDIS_URL = redis.url;
    }
    // A single process starts its own database. Several processes need one that does not depend on any of them.
    if (processes > 1) {
      const database = await EmbeddedPostgres.start({ directory: join(directory, 'postgres') });
      started.push(database);
      common.DATABASE_URL = database.url;
      common.ENCRYPTION_KEYS = `demo:${randomBytes(32).toString('base64')}`;
      // So that each process gets work.
      common.SYNC_CONCURRENCY = '1';
    }
    const startService = async (nth: number, servicePort: number): Promise<void> => {
      const service = await DemoProcess.start(
        scriptAt('../server/main.js'),
        ['serve'],
        { ...common, PORT: String(servicePort) },
        {
          isReady: (line) => line.includes('nest-lti listens on'),
          logFile: join(directory, nth === 1 ? 'service.log' : `service-${nth}.log`),
        },
      );
      started.push(service);
    };
    await startService(1, port);
    const others = Array.from({ length: processes - 1 }, async (_, index) =>
      startService(index + 2, await freePort(0)),
    );
    await Promise.all(others);
    return {
      lms: new JsonApi(lmsUrl),
      lmsUrl,
      api: new JsonApi(apiUrl, apiKey),
      apiUrl,
      apiKey,
      toolUrl: tool.url,
      directory,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Five courses, one of them large, in a process of its own: so that the LMS takes no time from whoever measures. */
async function lmsProcess(family: FamilyName, directory: string): Promise<RunningLms> {
  const lms = await DemoProcess.start(
    scriptAt('../server/main.js'),
    [
      ...['lms', '--json', '--port', '0', '--family', family, '--client-id', DEMO_CLIENT_ID],
      ...['--courses', String(COURSES), '--members', String(MEMBERS), '--big-course', String(BIG_COURSE)],
      ...(hasForeignIssuer(family) ? ['--own-issuer'] : []),
    ],
    process.env,
    { isReady: (line) => line.startsWith('{"url"'), logFile: join(directory, 'lms.log') },
  );
  const { url } = JSON.parse(lms.readyLine) as { url: string };
  return { url, stop: () => lms.stop() };
}

/** The host of an issuer and of its openid configuration are the same. That of Canvas' cloud is not on this machine. */
export function hasForeignIssuer(family: FamilyName): boolean {
  return family === 'canvas';
}

/** The whole environment of the service: other variables of this shell must not change the demo. */
function settings(publicUrl: string, apiKey: string, directory: string) {
  return {
    HOST: '127.0.0.1',
    PUBLIC_URL: publicUrl,
    DATA_DIR: directory,
    DATABASE_URL: '',
    DATABASE_DIRECT_URL: '',
    REDIS_URL: '',
    ENCRYPTION_KEYS: '',
    JOBS_BACKEND: 'postgres',
    WORKER: 'on',
    ADMIN_API_KEY: apiKey,
    ALLOW_PRIVATE_NETWORKS: 'true',
    ALLOWED_PRIVATE_HOSTS: '',
    SYNC_EVERY: '15m',
    SYNC_SLOW_DOWN: '',
    COURSE_ARCHIVE_AFTER: '',
    SYNC_CONCURRENCY: '',
    PASSBACK_CONCURRENCY: '',
    PASSBACK_KEEP_FOR: '',
    SYNC_RUNS_KEEP_FOR: '',
    LAUNCH_SESSIONS_KEEP_FOR: '',
    NOTICES_KEEP_FOR: '',
    EVENTS_KEEP_FOR: '',
    REJECTED_SCORES_KEEP_FOR: '',
    PLATFORM_CONCURRENCY: '',
    PLATFORM_REQUESTS_PER_SECOND: '',
    DEPLOYMENTS: '',
    ANONYMOUS_LAUNCHES: '',
    LAUNCH_SESSION_FOR: '',
    LAUNCH_CODE_IN: '',
    LOG_LEVEL: 'info',
    TRUST_PROXY: '',
    TOOL_NAME: 'Demo quizzes',
  };
}

function scriptAt(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
