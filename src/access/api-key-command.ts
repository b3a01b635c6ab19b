import Table from 'cli-table3';
import { parseArgs } from 'node:util';
import { type z } from 'zod';
import { idParamSchema } from '../common/page.schema.js';
import { type ApiKeyView, type CreateApiKey, createApiKeySchema } from './api-key.schema.js';
import { type ApiKeyService } from './api-key.service.js';
import { viewApiKey } from './api-key.view.js';

export const USAGE = `Usage:
  npm run -s api-keys -- create --name NAME --scope read|write
  npm run -s api-keys -- list
  npm run -s api-keys -- revoke ID

The environment is the service's own. A new key goes to standard output, alone.`;

const PAGE = 500;

/** The words of the command are wrong; the message says which. */
export class UsageError extends Error {}

export type ApiKeyCommand =
  | { name: 'help' }
  | { name: 'create'; body: CreateApiKey }
  | { name: 'list' }
  | { name: 'revoke'; id: string };

/** Where the command's words go: what was asked for, and what is said beside it. */
export interface CommandOutput {
  answer: (text: string) => void;
  say: (text: string) => void;
}

/** @throws UsageError */
export function parseApiKeyCommand(args: readonly string[]): ApiKeyCommand {
  const { values, positionals } = argumentsOf(args);
  if (values.help === true) return { name: 'help' };
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

/** @throws ApiKeyNotFound, LastWriteKey, ApiKeyConfigured */
export async function runApiKeyCommand(
  command: Exclude<ApiKeyCommand, { name: 'help' }>,
  keys: ApiKeyService,
  { answer, say }: CommandOutput,
): Promise<void> {
  switch (command.name) {
    case 'create': {
      const { key, info } = await keys.create(command.body);
      say(`Created API key ${info.id} "${info.name}" with scope ${info.scope}. It is shown this once:`);
      answer(key);
      break;
    }
    case 'list':
      answer(tableOf(await everyKey(keys)));
      break;
    case 'revoke':
      await keys.revoke(command.id);
      say(`API key ${command.id} is revoked.`);
  }
}

function argumentsOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { name: { type: 'string' }, scope: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
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
