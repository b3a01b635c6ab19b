import { answerWithin, LATE } from '../common/bounded-wait.js';
import { isPackageMissing } from '../common/optional-package.js';
import { type LtiConfig } from '../config/lti-config.js';
import { failed, type Finding, passed, skipped } from '../registration-checks/check-step.js';

const TIMEOUT_MS = 5000;

type RedisUse = Extract<LtiConfig['tokenStore'], { type: 'redis' }>;

/** Redis, where the configuration has tokens or jobs in it. */
export async function checkRedis({
  tokenStore,
  jobs,
}: Pick<LtiConfig, 'tokenStore' | 'jobs'>): Promise<Finding[]> {
  const findings: Finding[] = [];
  if (tokenStore.type === 'redis') findings.push(await checkOne(tokenStore, 'tokens'));
  if (jobs.backend === 'redis') findings.push(await checkOne({ ...jobs, type: 'redis' }, 'jobs'));
  if (findings.length > 0) return findings;
  return [skipped('redis_not_used', 'Neither tokens nor jobs are in Redis.')];
}

async function checkOne(settings: RedisUse, use: 'tokens' | 'jobs'): Promise<Finding> {
  const opened = await openRedis(settings);
  if (opened === undefined) {
    const message =
      'The package ioredis, of version 5 or 6, is not installed. Install it: npm install ioredis@5';
    return failed('redis_driver_missing', 'tool_operator', message);
  }
  const { client, address } = opened;
  let reason = 'no answer in time';
  // Without a listener the driver writes to the console.
  client.on('error', (error: Error) => (reason = error.message));
  try {
    const info = await answerWithin(
      TIMEOUT_MS,
      client.connect().then(() => client.info()),
    );
    if (info !== LATE) return findingIn(info, address, use);
  } catch (error) {
    if (reason === 'no answer in time' && error instanceof Error) reason = error.message;
  } finally {
    client.disconnect();
  }
  return failed(
    'redis_unavailable',
    'tool_operator',
    `Redis at ${address}, where the ${use} are, cannot be reached or refuses the connection (${reason}). Check that it runs, and REDIS_URL.`,
    { address },
  );
}

/** The driver is an optional peer. */
async function openRedis(settings: RedisUse) {
  try {
    const connection = await import('../access-tokens/stores/redis/redis-connection.js');
    return connection.openRedis(settings);
  } catch (error) {
    if (isPackageMissing(error, 'ioredis')) return undefined;
    throw error;
  }
}

function findingIn(info: string, address: string, use: 'tokens' | 'jobs'): Finding {
  const version = /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'of unknown version';
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? 'noeviction';
  const name = `Redis ${version} at ${address}`;
  const details = { address, version, policy };
  if (use === 'jobs' && policy !== 'noeviction') {
    const message =
      `${name} has maxmemory-policy ${policy}: when its memory is full it drops jobs, which then wait for the next tick. Set it to ` +
      'noeviction.';
    return failed('redis_evicts', 'tool_operator', message, details);
  }
  return passed('redis_reachable', `${name}, where the ${use} are, answers.`, details);
}
