import { type CommandLine, runCommandLine } from '../../src/commands/command-line.js';

/** How a command ended. */
export interface CommandRun {
  code: number;
  /** Its standard output. */
  answered: string;
  /** Its standard error. */
  said: string;
}

/** Runs a command in this process, with only these environment variables. */
export async function runCommandHere(
  commandLine: CommandLine,
  variables: Record<string, string>,
  ...args: string[]
): Promise<CommandRun> {
  const run = { answered: '', said: '' };
  const code = await runCommandLine(commandLine, args, {
    variables,
    output: {
      answer: (text) => void (run.answered += `${text}\n`),
      say: (text) => void (run.said += `${text}\n`),
    },
  });
  return { code, ...run };
}
