import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { createInterface } from 'node:readline';

const START_TIMEOUT_MS = 10_000;
const PROGRAMS = ['redis-server', 'valkey-server'];

/** A Redis for the demo. */
export interface DemoRedis {
  url: string;
  stop(): Promise<void>;
}

/** The Redis of REDIS_URL, or else one that the demo starts without persistence, from a server program on this machine. */
export async function demoRedis(port: number): Promise<DemoRedis> {
  const given = process.env.REDIS_URL;
  if (given !== undefined && given !== '') return { url: given, stop: () => Promise.resolve() };
  for (const program of PROGRAMS) {
    const stop = await started(program, port);
    if (stop !== undefined) return { url: `redis://127.0.0.1:${port}`, stop };
  }
  throw new Error(
    'Redis is missing. Set REDIS_URL, or install a server (Debian: sudo apt-get install redis-server).',
  );
}

/** Undefined when the program is not installed. */
async function started(program: string, port: number): Promise<(() => Promise<void>) | undefined> {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const server = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(server, 'exit').catch(() => undefined);
  const ready = new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.once('exit', () => resolve(false));
    createInterface({ input: server.stdout }).on('line', (line) => {
      if (line.includes('Ready to accept connections')) resolve(true);
    });
  });
  const isReady = await Promise.race([ready, delay(START_TIMEOUT_MS, false, { ref: false })]);
  if (!isReady) {
    server.kill('SIGKILL');
    return undefined;
  }
  return async () => {
    server.kill('SIGTERM');
    await ended;
  };
}
