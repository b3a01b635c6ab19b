import { type ChildProcess, fork, type ForkOptions } from 'node:child_process';
import { once } from 'node:events';
import { type PostgresAppOptions, type PostgresAppReport } from './postgres-app.js';

/** postgres-app.ts as a running process. */
export interface PostgresAppProcess {
  report: PostgresAppReport;
  child: ChildProcess;
  /** Ends the process after it has stopped its server. */
  end(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

/** Resolves when the app has reported the outcome of its start. `script` is the compiled postgres-app. */
export async function runPostgresApp(
  script: string,
  options: PostgresAppOptions,
  how: Pick<ForkOptions, 'uid' | 'gid' | 'cwd' | 'detached'> = {},
): Promise<PostgresAppProcess> {
  const child = fork(script, [JSON.stringify(options)], { ...how, execArgv: [] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const report = await Promise.race([
    once(child, 'message').then(([message]) => message as PostgresAppReport),
    exited.then(() => Promise.reject(new Error('The app ended before it said anything.'))),
  ]);
  return {
    report,
    child,
    end: () => {
      if (child.connected) child.disconnect();
      return exited;
    },
    kill: () => {
      child.kill('SIGKILL');
      return exited;
    },
  };
}
