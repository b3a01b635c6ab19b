import { Command, CommanderError } from 'commander';
import { type Variables } from '../config/read-variables.js';
import { VERSION } from '../common/version.js';

/** Where a command's words go. */
export interface CommandOutput {
  /** The result, and nothing else: a script can capture it. Standard output. */
  answer: (text: string) => void;
  /** Messages for the operator, on standard error. */
  say: (text: string) => void;
}

/** The environment and the output of a command. */
export interface CommandContext {
  variables: Variables;
  output: CommandOutput;
}

/** A program with commands, such as `nest-lti`. */
export interface CommandLine {
  name: string;
  description: string;
  addCommands(program: Command, context: CommandContext): void;
}

/** 0: done. 1: failed. 2: the command line is wrong. */
export type ExitCode = 0 | 1 | 2;

/** Runs one command line. `args` are the words behind the program's name. */
export async function runCommandLine(
  commandLine: CommandLine,
  args: readonly string[],
  context: CommandContext,
): Promise<ExitCode> {
  const { answer, say } = context.output;
  // Commands that are made of this one inherit these settings.
  const program = new Command(commandLine.name)
    .description(commandLine.description)
    .version(VERSION, '-v, --version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => answer(withoutEnd(text)),
      writeErr: (text) => say(withoutEnd(text)),
      // In one line with "(Did you mean ...?)".
      outputError: (text, write) => write(text.trimEnd().replaceAll('\n', ' ')),
    });
  commandLine.addCommands(program, context);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    say(errorLine(error));
    return 1;
  }
}

/** Runs the command line of this process, and ends the process with its exit code. */
export async function runAsProcess(commandLine: CommandLine): Promise<void> {
  const code = await runCommandLine(commandLine, process.argv.slice(2), {
    variables: process.env,
    output: {
      answer: (text) => void process.stdout.write(`${text}\n`),
      say: (text) => void process.stderr.write(`${text}\n`),
    },
  });
  // Explicitly: a channel to a parent process, or a socket that closes slowly, would keep this process alive.
  process.stdout.write('', () => process.exit(code));
}

/** The code and message of an LtiError; the message of any other error, without a stack. */
function errorLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string'
    ? `${error.code}: ${error.message}`
    : String(error);
}

function withoutEnd(text: string): string {
  return text.replace(/\n$/, '');
}
