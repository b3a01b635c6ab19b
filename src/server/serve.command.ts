import { type Command } from 'commander';
import { type CommandContext } from 'nest-lti/internal';
import { loadEnvironment } from './load-environment.js';
import { startStandalone } from './standalone.js';

export function addServeCommand(program: Command, { variables, output: { say } }: CommandContext): void {
  program
    .command('serve')
    .description('run the service until SIGTERM or SIGINT')
    .addHelpText('after', '\nThe environment configures it: the table is in README.md.')
    .action(async () => {
      const service = await startStandalone(loadEnvironment(variables), say);
      say(`nest-lti listens on ${service.url}`);
      await new Promise<void>((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
      });
      await service.stop();
    });
}
