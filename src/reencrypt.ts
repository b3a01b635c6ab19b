import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { runAsProcess } from './commands/command.js';
import { reencryptCommand } from './commands/reencrypt.command.js';

// What does not open is told by the command itself, for all tables alike.
Logger.overrideLogger(['error', 'fatal']);

/** `npm run keys:reencrypt` */
await runAsProcess(reencryptCommand);
