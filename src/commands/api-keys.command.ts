import Table from 'cli-table3';
import { parseArgs } from 'node:util';
import { type z } from 'zod';
import { ApiKeyUsage } from '../access/api-key-usage.js';
import { ApiKey } from '../access/api-key.entity.js';
import { type ApiKeyView, type CreateApiKey, createApiKeySchema } from '../access/api-key.schema.js';
import { ApiKeyService } from '../access/api-key.service.js';
import { viewApiKey } from '../access/api-key.view.js';
import { SystemClock } from '../common/clock.js';
import { idParamSchema } from '../common/page.schema.js';
import { loadEnvironment } from '../server/load-environment.js';
import { dataSourceOptions } from '../database/lti-data-source.js';
import { openDataSource } from '../database/open-data-source.js';
import { withCommandDatabase } from './command-database.js';
import { type Command, type CommandOutput, UsageError } from './command.js';

const PAGE = 500;

/** What is to be done with the keys. */
export type ApiKeysTask =
  { name: 'create'; body: CreateApiKey } | { name: 'list' } | { name: 'revoke'; id: string };

/** For operators without a key, such as after the last one was lost. */
export const apiKeysCommand: Command = {
  usage: `Usage:
  npm run -s api-keys -- create --name NAME --scope read|write
  npm run -s api-keys -- list
  npm run -s api-keys -- revoke ID

The environment is the service's own. A new key goes to standard output, alone.`,

  async run({ args, variables }, output) {
    const task = parseApiKeysTask(args);
    const environment = loadEnvironment(variables);
    await withCommandDatabase(environment, output.say, (url) =>
      withApiKeys(url, (keys) => doTask(task, keys, output)),
    );
  },
};

/** @throws UsageError */
export function parseApiKeysTask(args: readonly string[]): ApiKeysTask {
  const { values, positionals } = argumentsOf(args);
  const [name, ...operands] = positionals;
  const { name: keyName, scope } = values;
  if (name === 'create') {
    if (operands.length > 0) throw new UsageError(`create takes no "${operands.join(' ')}".`);
    return { name, body: checked(createApiKeySchema, { name: keyName ?? '', scope: scope ?? '' }, '--') };
  }
  if (keyName !== undefined || scope !== undefined)
    throw new UsageError('--name and --scope are for create.');
  if (name === 'list') {
    if (operands.length > 0) throw new UsageError(`list takes no "${operands.join(' ')}".`);
    return { name };
  }
  if (name === 'revoke') {
    if (operands.length !== 1) throw new UsageError('revoke takes one ID, as list shows it.');
    return { name, id: checked(idParamSchema, operands[0], 'ID') };
  }
  throw new UsageError(name === undefined ? 'What is to be done?' : `There is no command "${name}".`);
}

/**
 * Not by the service's module: that would put the ADMIN_API_KEY of this environment, or its absence, in place of the
 * running service's.
 */
async function withApiKeys(url: string, work: (keys: ApiKeyService) => Promise<void>): Promise<void> {
  const dataSource = await openDataSource({ ...dataSourceOptions(url, 1), entities: [ApiKey] }, url);
  try {
    const keys = dataSource.getRepository(ApiKey);
    const clock = new SystemClock();
    await work(new ApiKeyService(keys, new ApiKeyUsage(keys, clock), clock));
  } finally {
    await dataSource.destroy();
  }
}

/** @throws ApiKeyNotFound, LastWriteKey, ApiKeyConfigured */
async function doTask(task: ApiKeysTask, keys: ApiKeyService, { answer, say }: CommandOutput): Promise<void> {
  switch (task.name) {
    case 'create': {
      const { key, info } = await keys.create(task.body);
      say(`Created API key ${info.id} "${info.name}" with scope ${info.scope}. It is shown this once:`);
      answer(key);
      break;
    }
    case 'list':
      answer(tableOf(await everyKey(keys)));
      break;
    case 'revoke':
      await keys.revoke(task.id);
      say(`API key ${task.id} is revoked.`);
  }
}

function argumentsOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { name: { type: 'string' }, scope: { type: 'string' } },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function checked<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => `${what}${path.join('.')}: ${message}`);
  throw new UsageError(faults.join('\n'));
}

async function everyKey(keys: ApiKeyService): Promise<ApiKeyView[]> {
  const found: ApiKeyView[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await keys.list({ limit: PAGE, cursor }, viewApiKey);
    found.push(...page.items);
    if (page.nextCursor === undefined) return found;
    cursor = page.nextCursor;
  }
}

function tableOf(keys: readonly ApiKeyView[]): string {
  const table = new Table({
    head: ['ID', 'Name', 'Scope', 'Created', 'Last used', 'Revoked'],
    style: { head: [], border: [] },
  });
  for (const { id, name, scope, createdAt, lastUsedAt, revokedAt } of keys) {
    table.push([id, name, scope, createdAt, lastUsedAt ?? 'never', revokedAt ?? '']);
  }
  return table.toString();
}
