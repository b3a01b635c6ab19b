import 'reflect-metadata';
import { apiKeysCommand } from './commands/api-keys.command.js';
import { runAsProcess } from './commands/command.js';

/** `npm run api-keys` */
await runAsProcess(apiKeysCommand);
