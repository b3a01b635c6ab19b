import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Readable, type Writable } from 'node:stream';
import { freePort } from './redis-server.js';
import { findProgram } from './test-programs.js';

const START_TIMEOUT_MS = 20_000;
/** Kills the server when its own standard input ends: so the server ends with this process, even on SIGKILL. */
const GUARD = '"$@" 2>&1 & server=$!; cat > /dev/null; kill -9 $server';
/** Server connections. There are few, so that clients share them. */
const SERVER_CONNECTIONS = 4;

type Guard = ChildProcessByStdio<Writable, Readable, null>;

/** Debian's PgBouncer with transaction pooling: a client has a server connection only during a transaction. */
export class PgBouncer {
  private constructor(
    /** The URL of the database through PgBouncer. */
    readonly url: string,
    private readonly guard: Guard,
    private readonly directory: string,
  ) {}

  static async start(databaseUrl: string): Promise<PgBouncer> {
    const program = findProgram('PgBouncer');
    const directory = await mkdtemp(join(tmpdir(), 'nest-lti-pgbouncer-'));
    const settings = join(directory, 'pgbouncer.ini');
    const port = await freePort();
    await writeFile(settings, settingsFor(new URL(databaseUrl), port), { mode: 0o600 });
    const guard = await run(directory, isRoot() ? [program, '-u', 'nobody', settings] : [program, settings]);
    const url = new URL(databaseUrl);
    url.host = `127.0.0.1:${port}`;
    return new PgBouncer(url.href, guard, directory);
  }

  async stop(): Promise<void> {
    const exited = once(this.guard, 'exit');
    this.guard.stdin.end();
    await exited;
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** The defaults but for the pooling, so unknown start-up parameters are refused. */
function settingsFor({ hostname, port, pathname, username, password }: URL, listenPort: number): string {
  const database = decodeURIComponent(pathname.slice(1));
  const server = {
    host: hostname,
    port: port === '' ? '5432' : port,
    dbname: database,
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
  };
  const connection = Object.entries(server).map(
    ([name, value]) => `${name}='${value.replaceAll("'", "''")}'`,
  );
  return `
[databases]
${database} = ${connection.join(' ')}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listenPort}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${SERVER_CONNECTIONS}
max_client_conn = 200
`;
}

async function run(directory: string, command: readonly string[]): Promise<Guard> {
  const guard = spawn('sh', ['-c', GUARD, 'sh', ...command], {
    cwd: directory,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const output: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const failed = (why: string): void => {
      guard.stdin.end();
      reject(new Error(`PgBouncer ${why}:\n${output.join('\n')}`));
    };
    const timer = setTimeout(() => failed('did not start in time'), START_TIMEOUT_MS);
    createInterface({ input: guard.stdout }).on('line', (line) => {
      if (output.push(line) > 100) output.shift();
      if (line.includes(' FATAL ')) failed('did not start');
      if (!line.includes('process up')) return;
      clearTimeout(timer);
      resolve();
    });
  });
  return guard;
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
