import { type Client } from 'pg';
import { type KeyRing } from '../common/encryption.js';
import { LtiError } from '../common/lti-error.js';
import { type LtiConfig } from '../config/lti-config.js';
import { databaseErrors } from '../database/database.errors.js';
import { compareMigrations } from '../database/migrate-database.js';
import { LTI_SCHEMA } from '../database/lti-data-source.js';
import { PgClient } from '../database/pg-client.js';
import { isPermissionDenied } from '../database/postgres-errors.js';
import { addressOf } from '../database/session-lock.js';
import { areJobsCurrent } from '../jobs/jobs-schema.js';
import { checkKeyRing } from '../keys/encryption-check.js';
import { failed, type Finding, findingOf, passed, skipped } from '../registration-checks/check-step.js';
import { type DoctorFinding } from './doctor-finding.js';

const TIMEOUT_MS = 5000;
const OLDEST_VERSION = 14;
const VERSION_UNIT = 10_000;
/** As for platforms: the back-dating of assertions covers less. */
const MAX_OFFSET_MS = 30_000;

/** What the server says of itself. */
export interface Server {
  number: number;
  version: string;
  nowMs: string;
  isReadOnly: boolean;
}

/** What the database shows, and whether an application could work on it. */
export interface DatabaseFindings {
  findings: DoctorFinding[];
  /** Everything is there that the check of registrations reads. */
  isReady: boolean;
}

/** Server, migrations, encryption keys and clock, by one connection. It writes nothing. */
export async function checkDatabase(
  { database, jobs }: Pick<LtiConfig, 'database' | 'jobs'>,
  ring: KeyRing,
  nowMs: () => number,
): Promise<DatabaseFindings> {
  const url = database.directUrl ?? database.url;
  const findings: DoctorFinding[] = [];
  try {
    if (url !== database.url) await withClient(database.url, (client) => client.query('SELECT 1'));
    return await withClient(url, async (client) => {
      const startedMs = nowMs();
      const server = await serverOf(client);
      const middleMs = (startedMs + nowMs()) / 2;
      findings.push({ check: 'database', ...serverFinding(server, addressOf(url)) });
      const migrations = await migrationsFinding(client, jobs.backend === 'postgres');
      findings.push({ check: 'migrations', ...migrations });
      const keys =
        migrations.code === 'migrations_pending'
          ? skipped('migrations_pending', 'Not checked: see migrations.')
          : await keysFinding(client, ring);
      findings.push({ check: 'encryption_keys', ...keys });
      findings.push({ check: 'clock', ...clockFinding(Number(server.nowMs) - middleMs) });
      // A later version and a clock that differs still let registrations be checked.
      return { findings, isReady: keys.outcome === 'passed' };
    });
  } catch (error) {
    if (!(error instanceof LtiError)) throw error;
    findings.push({ check: 'database', ...findingOf(error), actor: 'tool_operator' });
    return { findings, isReady: false };
  }
}

/** @throws {Unavailable} `database_unavailable`, also for a query that fails or has no answer in time */
async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new PgClient({
    connectionString: url,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
    application_name: 'nest-lti doctor',
  });
  try {
    await client.connect();
    return await work(client);
  } catch (cause) {
    throw isPermissionDenied(cause)
      ? databaseErrors.permissionDenied(LTI_SCHEMA, cause)
      : databaseErrors.unavailable(addressOf(url), cause);
  } finally {
    // Not awaited: a server that hangs does not answer this either.
    client.end().catch(() => undefined);
  }
}

async function serverOf(client: Client): Promise<Server> {
  const { rows } = await client.query<Server>(
    `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version,
            extract(epoch FROM clock_timestamp()) * 1000 AS "nowMs",
            pg_is_in_recovery() OR current_setting('transaction_read_only')::bool AS "isReadOnly"`,
  );
  const [server] = rows;
  if (server === undefined) throw new Error('no row');
  return server;
}

/** Exported for its test: no server of such an age is at hand. */
export function serverFinding({ number, version, isReadOnly }: Server, address: string): Finding {
  const details = { version };
  const name = `PostgreSQL ${version} at ${address}`;
  if (number < OLDEST_VERSION * VERSION_UNIT) {
    const message = `${name} is too old. Upgrade it to version ${OLDEST_VERSION} or later.`;
    return failed('database_too_old', 'tool_operator', message, details);
  }
  if (isReadOnly) {
    const message = `${name} takes no writes: it is a replica, or read-only for this role. Let DATABASE_URL lead to the primary.`;
    return failed('database_read_only', 'tool_operator', message, details);
  }
  return passed('database_reachable', `${name} answers.`, details);
}

async function migrationsFinding(client: Client, hasJobs: boolean): Promise<Finding> {
  const { pending, later } = await compareMigrations(
    async <Row>(text: string) => (await client.query(text)).rows as Row[],
  );
  const isJobsPending = hasJobs && !(await areJobsCurrent(client));
  if (pending.length > 0 || isJobsPending) {
    const what = [
      ...(pending.length > 0 ? [`${pending.length} migrations of this version have not run`] : []),
      ...(isJobsPending ? ['the tables of the job engine are not those of this version'] : []),
    ].join(', and ');
    const message =
      `In this database ${what}. Stop the processes of the version before if the changelog says so, make a backup, and run ` +
      'the command `migrate`.';
    return failed('migrations_pending', 'tool_operator', message, { pending });
  }
  if (later.length > 0) {
    const message =
      `${later.length} migrations of a later version of nest-lti have run (the last is ${later.at(-1) ?? ''}). Run that version, or restore ` +
      'the backup from before its migrations: they only go forward.';
    return failed('migrations_later', 'tool_operator', message, { later });
  }
  return passed('migrations_done', 'All migrations of this version have run.');
}

async function keysFinding(client: Client, ring: KeyRing): Promise<Finding> {
  const { rows } = await client.query<{ isChecked: boolean; hasKey: boolean }>(
    `SELECT EXISTS (SELECT FROM nest_lti.encryption_check) AS "isChecked",
            EXISTS (SELECT FROM nest_lti.tool_key WHERE algorithm = 'RS256' AND revoked_at IS NULL) AS "hasKey"`,
  );
  // Its first start chooses the encryption keys, and creates the first signing key.
  if (rows[0]?.isChecked !== true || !rows[0].hasKey) {
    const message =
      'No process has started on this database yet, so there are no secrets to decrypt and no keys to publish. Start the application, then ' +
      'run this command again.';
    return skipped('never_started', message, 'tool_operator');
  }
  try {
    await checkKeyRing(client, ring);
    return passed('encryption_keys_right', 'ENCRYPTION_KEYS decrypt what the database holds.');
  } catch (error) {
    if (error instanceof LtiError) return findingOf(error);
    throw error;
  }
}

function clockFinding(offsetMs: number): Finding {
  const offsetSeconds = Math.round(offsetMs / 1000);
  const details = { offsetSeconds };
  if (Math.abs(offsetMs) < MAX_OFFSET_MS)
    return passed('clock_right', 'The clocks of the database and of this machine agree.', details);
  const difference = `${Math.abs(offsetSeconds)} s ${offsetMs > 0 ? 'ahead of' : 'behind'}`;
  return failed(
    'clock_differs',
    'tool_operator',
    `The clock of the database is ${difference} the clock of this machine. Set both by a time server (NTP). Until then tokens are taken for ` +
      'expired or valid at the wrong time, and launches may be refused.',
    details,
  );
}
