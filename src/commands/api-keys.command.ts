import { type Command, InvalidArgumentError, Option } from 'commander';
import { type z } from 'zod';
import { ApiKeyUsage } from '../access/api-key-usage.js';
import { ApiKey } from '../access/api-key.entity.js';
import { type ApiKeyView, type CreateApiKey, createApiKeySchema } from '../access/api-key.schema.js';
import { ApiKeyService } from '../access/api-key.service.js';
import { viewApiKey } from '../access/api-key.view.js';
import { SystemClock } from '../common/clock.js';
import { idParamSchema } from '../common/page.schema.js';
import { dataSourceOptions } from '../database/lti-data-source.js';
import { openDataSource } from '../database/open-data-source.js';
import { type CommandContext } from './command-line.js';
import { type WithCommandDatabase } from './database-commands.js';
import { addFileFlags, withFileFlags } from './file-flags.js';

const PAGE = 500;

/** For operators without a key, such as after the last one was lost. */
export function addApiKeysCommand(
  program: Command,
  { variables, output: { answer, say } }: CommandContext,
  withDatabase: WithCommandDatabase,
): void {
  const group = program.command('api-keys').description('the keys of the REST API');
  const withKeys = (options: Record<string, unknown>, work: (keys: ApiKeyService) => Promise<void>) =>
    withDatabase(withFileFlags(variables, options), say, ({ database }) => withApiKeys(database.url, work));

  const create = group
    .command('create')
    .description('create a key, and print it on standard output, alone')
    .requiredOption('--name <name>', 'what it is for', valid(createApiKeySchema.shape.name))
    .addOption(
      new Option('--scope <scope>', 'read: GET alone; write: everything')
        .choices(['read', 'write'])
        .makeOptionMandatory(),
    )
    .action((options: CreateApiKey) =>
      withKeys(options, async (keys) => {
        const { key, info } = await keys.create({ name: options.name, scope: options.scope });
        say(`Created API key ${info.id} "${info.name}" with scope ${info.scope}. It is shown this once:`);
        answer(key);
      }),
    );
  const list = group
    .command('list')
    .description('list all keys, with their last use')
    .action((options: Record<string, unknown>) =>
      withKeys(options, async (keys) => answer(tableOf(await everyKey(keys)))),
    );
  const revoke = group
    .command('revoke')
    .description('revoke a key')
    .argument('<id>', 'as list shows it', valid(idParamSchema))
    .action((id: string, options: Record<string, unknown>) =>
      withKeys(options, async (keys) => {
        await keys.revoke(id);
        say(`API key ${id} is revoked.`);
      }),
    );
  for (const command of [create, list, revoke]) addFileFlags(command, ['DATABASE_URL']);
}

/** Validates an argument by its schema. */
function valid<T>(schema: z.ZodType<T>): (word: string) => T {
  return (word) => {
    const result = schema.safeParse(word);
    if (result.success) return result.data;
    throw new InvalidArgumentError(result.error.issues.map(({ message }) => `It ${message}.`).join(' '));
  };
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

async function everyKey(keys: ApiKeyService): Promise<ApiKeyView[]> {
  const found: ApiKeyView[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await keys.list({ limit: PAGE, cursor, order: 'asc' }, viewApiKey);
    found.push(...page.items);
    if (page.nextCursor === undefined) return found;
    cursor = page.nextCursor;
  }
}

/** One key to a line, in columns. */
function tableOf(keys: readonly ApiKeyView[]): string {
  const rows = [
    ['ID', 'Name', 'Scope', 'Created', 'Last used', 'Revoked'],
    ...keys.map(({ id, name, scope, createdAt, lastUsedAt, revokedAt }) =>
      [id, name, scope, createdAt, lastUsedAt ?? 'never', revokedAt ?? ''].map(String),
    ),
  ];
  const widthOf = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const widths = rows[0]?.map((_, column) => widthOf(column)) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
