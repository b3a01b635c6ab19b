import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Client, escapeIdentifier } from 'pg';

/** `stop`: the server ends its connections and stops. `crash`: SIGKILL. */
export interface PostgresRestart {
  how: 'stop' | 'crash';
  downMs: number;
}

/** A PostgreSQL server with its usual durability. Its files are deleted with it, also when the bench is killed. */
export class BenchPostgres {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(): Promise<BenchPostgres> {
    const child = fork(new URL('./postgres.main.js', import.meta.url), [], {
      stdio: ['ignore', 2, 2, 'ipc'],
    });
    const [url] = (await once(child, 'message')) as [string];
    return new BenchPostgres(child, url);
  }

  /** A new database, and its URL. */
  async createDatabase(name: string): Promise<string> {
    const client = new Client({ connectionString: this.url });
    await client.connect();
    try {
      await client.query(`CREATE DATABASE ${escapeIdentifier(name)}`);
    } finally {
      await client.end();
    }
    const url = new URL(this.url);
    url.pathname = name;
    return url.href;
  }

  /** Resolves when it answers again, at the same URL. */
  async restart(restart: PostgresRestart): Promise<void> {
    const restarted = Promise.race([
      once(this.child, 'message'),
      once(this.child, 'exit').then(() => Promise.reject(new Error('PostgreSQL did not start again.'))),
    ]);
    this.child.send(restart);
    const [url] = (await restarted) as [string];
    if (url !== this.url) throw new Error('PostgreSQL has another address after its restart.');
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.disconnect();
    await exited;
  }
}
