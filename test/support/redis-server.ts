import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Readable, type Writable } from 'node:stream';

// Only Node's own modules here: jest's globalSetup loads this file too, and cannot map our imports.

const READY = /Ready to accept connections|Sentinel ID is/;
const START_TIMEOUT_MS = 20_000;

/** Runs the server, and kills it when its own standard input ends: so the server ends with this process, even on SIGKILL. */
const GUARD = `exec 3<&0
"$@" 2>&1 3<&- &
server=$!
echo "pid $server"
(cat <&3 > /dev/null; kill -9 $server) 2> /dev/null &
watcher=$!
wait $server
kill $watcher 2> /dev/null`;

export interface RedisServerOptions {
  /** More arguments of redis-server, such as `['--tls-port', '7000']`. */
  args?: readonly string[];
  /** Default: a free one. */
  port?: number;
  /** Starts a Sentinel with this configuration file. */
  sentinelConfiguration?: string;
}

interface Running {
  guard: ChildProcessByStdio<Writable, Readable, null>;
  pid: number;
}

/** A Redis server for one test, on loopback, without persistence. */
export class RedisServer {
  private constructor(
    readonly port: number,
    private readonly args: readonly string[],
    private readonly directory: string,
    private running: Running | undefined,
  ) {}

  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    const directory = await mkdtemp(join(tmpdir(), 'nest-lti-redis-'));
    const port = options.port ?? (await freePort());
    const { sentinelConfiguration, args = [] } = options;
    const ownArgs = [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', directory],
      ...['--save', '', '--appendonly', 'no', ...args],
    ];
    const server = new RedisServer(
      port,
      sentinelConfiguration === undefined ? ownArgs : [sentinelConfiguration, '--sentinel'],
      directory,
      undefined,
    );
    await server.restart();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it again on the same port, empty. */
  async restart(): Promise<void> {
    await this.kill();
    this.running = await run(this.directory, this.args);
  }

  /** Stops the process by SIGSTOP: connections stay open, and nothing is answered. */
  pause(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  resume(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  /** Kills the process, as a power cut does. `restart` starts it again. */
  async kill(): Promise<void> {
    const { running } = this;
    if (running === undefined) return;
    this.running = undefined;
    // A caller waits for the end now, so it keeps this process alive.
    running.guard.ref();
    const exited = once(running.guard, 'exit');
    running.guard.stdin.end();
    await exited;
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }

  private get pid(): number {
    if (this.running === undefined) throw new Error('The Redis server is not running.');
    return this.running.pid;
  }
}

/** A free port of loopback. Not the helper of the demo: jest's globalSetup loads this file and cannot map our imports. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port was given.');
  return address.port;
}

async function run(directory: string, args: readonly string[]): Promise<Running> {
  const program = process.env.TEST_REDIS_SERVER ?? 'redis-server';
  const guard = spawn('sh', ['-c', GUARD, 'sh', program, ...args], {
    cwd: directory,
    // The server writes its errors to its output; the shell would only add that it was killed.
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const output: string[] = [];
  const pid = await new Promise<number>((resolve, reject) => {
    const fail = (why: string): void => {
      guard.stdin.end();
      reject(new Error(`${program} ${why}:\n${output.join('\n')}`));
    };
    const timer = setTimeout(() => fail('did not start in time'), START_TIMEOUT_MS);
    const lines = createInterface({ input: guard.stdout });
    lines.on('line', (line) => {
      if (output.push(line) > 100) output.shift();
      if (!READY.test(line)) return;
      clearTimeout(timer);
      resolve(Number(/^pid (\d+)$/.exec(output[0] ?? '')?.[1]));
    });
    guard.once('error', () => fail('cannot be started'));
    guard.once('exit', () => {
      clearTimeout(timer);
      fail('ended');
    });
  });
  // A test that failed before it stopped its server must not keep jest from ending.
  guard.unref();
  for (const pipe of [guard.stdin, guard.stdout]) if (pipe instanceof Socket) pipe.unref();
  return { guard, pid };
}
