import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { LtiError } from './common/lti-error.js';
import { loadEnvironment } from './config/load-environment.js';
import { reencrypt } from './reencryption.js';

const answer = (text: string): void => void process.stdout.write(`${text}\n`);
const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** `npm run keys:reencrypt`: the step of a key rotation between putting the new key first and taking the old one out. */
try {
  // What does not open is told below, for all tables alike.
  Logger.overrideLogger(['error', 'fatal']);
  const tables = await reencrypt(loadEnvironment(process.env), say);
  for (const { table, count } of tables) answer(`${table}: ${count} sealed anew`);
  for (const { table, unreadable } of tables) {
    for (const id of unreadable)
      say(`${table} ${id}: opens with no key of ENCRYPTION_KEYS, and was left as it is`);
  }
  if (tables.every(({ unreadable }) => unreadable.length === 0)) {
    answer('All secrets are sealed with the first key of ENCRYPTION_KEYS; the other keys may go.');
  } else {
    say('Put the keys that sealed these back into ENCRYPTION_KEYS, behind the new one, and run this again.');
    process.exitCode = 1;
  }
} catch (error) {
  say(error instanceof LtiError ? `${error.code}: ${error.message}` : String(error));
  process.exitCode = 1;
}
