import { type Command } from 'commander';
import { readFile } from 'node:fs/promises';
import { SystemClock } from '../common/clock.js';
import { KeyRing } from '../common/encryption.js';
import { ConfigurationInvalid } from '../common/reactions.errors.js';
import { ltiConfigSchema } from '../config/lti-config.js';
import { dataSourceOptions } from '../database/lti-data-source.js';
import { openDataSource } from '../database/open-data-source.js';
import { Intervals } from '../jobs/intervals.js';
import { KeyRotationService } from '../keys/key-rotation.service.js';
import { LocalKeySigner } from '../keys/local-key-signer.js';
import { ToolKey } from '../keys/tool-key.entity.js';
import { ToolKeyService } from '../keys/tool-key.service.js';
import { type CommandConfig } from './command-config.js';
import { type CommandContext } from './command-line.js';
import { type WithCommandDatabase } from './database-commands.js';
import { addFileFlags, withFileFlags } from './file-flags.js';

/** The signing keys of the tool: to bring them along from another library, and to keep a copy elsewhere. */
export function addToolKeysCommand(
  program: Command,
  { variables, output: { answer, say } }: CommandContext,
  withDatabase: WithCommandDatabase,
): void {
  const group = program.command('tool-keys').description('the keys that sign messages to platforms');
  const withRotation = (
    options: Record<string, unknown>,
    work: (rotation: KeyRotationService) => Promise<void>,
  ) => withDatabase(withFileFlags(variables, options), say, (config) => withKeys(config, work));

  const list = group
    .command('list')
    .description('list all keys with their states, the newest first')
    .action((options: Record<string, unknown>) =>
      withRotation(options, async (rotation) => {
        for (const { key, state } of await rotation.list())
          answer(
            `${key.kid}  ${key.algorithm}  ${state.padEnd(8)}  signs from ${key.signsFrom.toISOString()}`,
          );
      }),
    );
  const exportKey = group
    .command('export')
    .description('print a private key as PKCS #8 PEM on standard output: keep it secret')
    .argument('<kid>', 'as list shows it')
    .action((kid: string, options: Record<string, unknown>) =>
      withRotation(options, async (rotation) => answer((await rotation.export(kid)).trimEnd())),
    );
  const importKey = group
    .command('import')
    .description('take over a private key')
    .argument('<file>', 'PKCS #8 PEM')
    .option('--sign-now', 'sign with it at once: the platforms know the key already')
    .action((file: string, options: { signNow?: boolean }) =>
      withRotation(options, async (rotation) => {
        const pem = await readFile(file, 'utf8');
        const { key } = await rotation.import(pem, { signNow: options.signNow === true });
        say(`Key ${key.kid} is published, and signs from ${key.signsFrom.toISOString()}.`);
      }),
    );
  for (const command of [list, exportKey, importKey])
    addFileFlags(command, ['DATABASE_URL', 'ENCRYPTION_KEYS']);
}

/** Not by the module, which would start the work of a whole process. */
async function withKeys(
  { database, encryptionKeys }: CommandConfig,
  work: (rotation: KeyRotationService) => Promise<void>,
): Promise<void> {
  if (encryptionKeys === undefined)
    throw ConfigurationInvalid.of([
      { name: 'ENCRYPTION_KEYS', message: 'is needed: private keys are encrypted' },
    ]);
  const { url } = database;
  const dataSource = await openDataSource({ ...dataSourceOptions(url, 1), entities: [ToolKey] }, url);
  try {
    const rows = dataSource.getRepository(ToolKey);
    const clock = new SystemClock();
    const config = { database, toolKeys: ltiConfigSchema.shape.toolKeys.parse(undefined) };
    const keys = new ToolKeyService(rows, config, new KeyRing(encryptionKeys), new LocalKeySigner(), clock);
    await work(new KeyRotationService(rows, keys, config, clock, new Intervals()));
  } finally {
    await dataSource.destroy();
  }
}
