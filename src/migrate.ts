import 'reflect-metadata';
import { runAsProcess } from './commands/command.js';
import { migrateCommand } from './commands/migrate.command.js';

/** `npm run migrate` */
await runAsProcess(migrateCommand);
