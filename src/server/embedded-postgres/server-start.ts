import { type ServerClock } from './server-clock.js';
import { type DataDirectory } from './data-directory.js';
import { EmbeddedPostgresFailed } from './embedded-postgres.errors.js';
import { type PostgresBinaries } from './postgres-binaries.js';
import { clusterNameOf, type PostgresLogin } from './postgres-login.js';
import { PostgresProcess } from './postgres-process.js';
import { type PostgresSettings } from './postgres-settings.js';
import { readPostmasterRecord } from './postmaster-record.js';
import { type ServerLog } from './server-log.js';
import { choosePort, rememberPort } from './server-port.js';
import { waitUntil } from './wait-until.js';

export interface ServerPlan {
  directory: DataDirectory;
  binaries: PostgresBinaries;
  settings: PostgresSettings;
  password: string;
  serverLog: ServerLog;
  clock: ServerClock;
}

/** Failures that end by themselves: the port was taken just now, or processes of a killed server are still ending. */
const passing =
  /could not (?:bind|create any TCP\/IP)|pre-existing shared memory block|lock file .* already exists/;

/** Starts the server on a free port. Resolves when it answers; rejects with EmbeddedPostgresFailed. */
export async function startServer(
  plan: ServerPlan,
  timeoutMs: number,
): Promise<{ process: PostgresProcess; login: PostgresLogin }> {
  const { directory, binaries, serverLog, clock } = plan;
  const end = clock.now().getTime() + timeoutMs;
  for (;;) {
    const from = await serverLog.size();
    const login = { port: await choosePort(directory), password: plan.password };
    const settings = { ...plan.settings, port: String(login.port) };
    const started = await PostgresProcess.spawn(directory, binaries, settings, serverLog, clock);
    const problem = await problemOf(started, plan, login, end - clock.now().getTime());
    if (problem === undefined) {
      await rememberPort(directory, login.port);
      return { process: started, login };
    }
    const ended = !(await started.isRunning());
    await started.stop(timeoutMs / 4);
    const lines = await serverLog.tail(from);
    if (!ended || !passing.test(lines.join('\n')) || clock.now().getTime() >= end) {
      throw new EmbeddedPostgresFailed(`${problem} See ${directory.file('postgres.log')}.`, lines);
    }
    await clock.sleep(100);
  }
}

/** Waits for the first answer; a sentence when there is none, or not the right one. */
async function problemOf(
  started: PostgresProcess,
  plan: ServerPlan,
  login: PostgresLogin,
  timeoutMs: number,
): Promise<string | undefined> {
  const ready = async () => {
    const record = await readPostmasterRecord(plan.directory.cluster);
    return record?.pid === started.pid && record.ready;
  };
  await waitUntil(plan.clock, timeoutMs, async () => !(await started.isRunning()) || ready());
  if (!(await started.isRunning())) return 'It ended right after its start.';
  if (!(await ready())) return `It was not ready within ${Math.round(timeoutMs)} ms.`;
  try {
    const name = await clusterNameOf(login, timeoutMs);
    return name === plan.settings.cluster_name ? undefined : `Another server answers on port ${login.port}.`;
  } catch (error) {
    return `It does not let us in with the password in ${plan.directory.file('password')} (${String(error)}).`;
  }
}
