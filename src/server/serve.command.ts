import { Logger } from '@nestjs/common';
import { type Command } from 'commander';
import { type CommandContext, type CommandOutput, type Variables } from 'nest-lti/internal';
import { bootErrors } from './boot.errors.js';
import { environmentNames } from './environment.schema.js';
import { loadEnvironment } from './load-environment.js';
import { misspeltVariables } from './misspelt-variables.js';
import { startStandalone, type Standalone } from './standalone.js';

export function addServeCommand(program: Command, { variables, output: { say } }: CommandContext): void {
  program
    .command('serve')
    .description('run the service until SIGTERM or SIGINT')
    .addHelpText('after', '\nThe environment configures it: see "Configuration" in README.md of nest-lti.')
    .action(() => serve(variables, say));
}

/** Resolves when a signal has stopped the service, during its start, too. */
async function serve(variables: Variables, say: CommandOutput['say']): Promise<void> {
  // Before anything is started: without a listener Ctrl-C would end this process at once, and not the PostgreSQL of its own.
  const stopping = stopSignal(say);
  // A start that is torn down would log its failures.
  const silence = (): void => {
    Logger.overrideLogger(false);
  };
  stopping.addEventListener('abort', silence);
  const service = await start(variables, say, stopping);
  stopping.removeEventListener('abort', silence);
  if (service === undefined) return;
  sayWhere(service, say);
  await new Promise((resolve) => {
    if (stopping.aborted) resolve(undefined);
    else stopping.addEventListener('abort', resolve, { once: true });
  });
  await service.stop();
}

/** Undefined when a signal ended the start. */
async function start(
  variables: Variables,
  say: CommandOutput['say'],
  stopping: AbortSignal,
): Promise<Standalone | undefined> {
  try {
    const environment = loadEnvironment(variables);
    // Never more than a warning: containers carry other programs' variables.
    for (const { name, message } of misspeltVariables(variables, environmentNames))
      say(`Warning: ${name} ${message}`);
    return await startStandalone(environment, say, stopping);
  } catch (error) {
    if (stopping.aborted) return undefined;
    throw error;
  }
}

/** Aborts at the first SIGINT or SIGTERM. The second one ends the process without waiting. */
function stopSignal(say: CommandOutput['say']): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(1);
      say(`${signal}: nest-lti stops.`);
      stop.abort(bootErrors.interrupted(signal));
    });
  }
  return stop.signal;
}

function sayWhere({ boundTo, url, firstApiKey }: Standalone, say: CommandOutput['say']): void {
  say(`nest-lti listens on ${boundTo}`);
  if (boundTo !== url) say(`Open ${url}`);
  // Alone on its line, and the last one.
  if (firstApiKey !== undefined)
    say(`\nAn API key with scope write, which is shown this once:\n\n${firstApiKey}\n`);
}
