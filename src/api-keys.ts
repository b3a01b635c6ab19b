import 'reflect-metadata';
import { parseApiKeyCommand, runApiKeyCommand, USAGE, UsageError } from './access/api-key-command.js';
import { withApiKeys } from './access/open-api-keys.js';
import { LtiError } from './common/lti-error.js';
import { loadEnvironment } from './config/load-environment.js';

const answer = (text: string): void => void process.stdout.write(`${text}\n`);
const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** `npm run api-keys`: for operators without a key, such as after the last one was lost. */
try {
  const command = parseApiKeyCommand(process.argv.slice(2));
  if (command.name === 'help') answer(USAGE);
  else {
    await withApiKeys(loadEnvironment(process.env), say, (keys) =>
      runApiKeyCommand(command, keys, { answer, say }),
    );
  }
} catch (error) {
  if (error instanceof UsageError) {
    say(`${error.message}\n\n${USAGE}`);
    process.exitCode = 2;
  } else {
    say(error instanceof LtiError ? `${error.code}: ${error.message}` : String(error));
    process.exitCode = 1;
  }
}
