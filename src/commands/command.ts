import { LtiError } from '../common/lti-error.js';
import { EmbeddedPostgresError } from '../server/embedded-postgres/embedded-postgres.errors.js';

/** Where a command's words go. */
export interface CommandOutput {
  /** What was asked for, and nothing else: a script can capture it. */
  answer: (text: string) => void;
  /** What is said beside it. */
  say: (text: string) => void;
}

/** What a command is given. */
export interface CommandInput {
  /** Behind its name. */
  args: readonly string[];
  variables: Readonly<Record<string, string | undefined>>;
}

export interface Command {
  usage: string;
  /** @throws UsageError when the words are wrong, LtiError when it cannot be done */
  run(input: CommandInput, output: CommandOutput): Promise<void>;
}

/** The words of the command are wrong; the message says which. */
export class UsageError extends Error {}

const HELP = ['--help', '-h'];

/** @returns the exit code: 0 when it was done, 1 when it failed, 2 when its words were wrong */
export async function runCommand(
  command: Command,
  input: CommandInput,
  output: CommandOutput,
): Promise<0 | 1 | 2> {
  if (input.args.some((word) => HELP.includes(word))) {
    output.answer(command.usage);
    return 0;
  }
  try {
    await command.run(input, output);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      output.say(`${error.message}\n\n${command.usage}`);
      return 2;
    }
    output.say(
      error instanceof LtiError || error instanceof EmbeddedPostgresError
        ? `${error.code}: ${error.message}`
        : String(error),
    );
    return 1;
  }
}

/** A command as the process that it is alone in; ends with its exit code. */
export async function runAsProcess(command: Command): Promise<void> {
  process.exitCode = await runCommand(
    command,
    { args: process.argv.slice(2), variables: process.env },
    {
      answer: (text) => void process.stdout.write(`${text}\n`),
      say: (text) => void process.stderr.write(`${text}\n`),
    },
  );
}

/** @throws UsageError for a command that takes no words */
export function expectNoWords(args: readonly string[]): void {
  if (args.length > 0) throw new UsageError(`It takes no "${args.join(' ')}".`);
}
