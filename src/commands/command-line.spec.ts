import { runCommandHere } from '../../test/support/command-run.js';
import { VERSION } from '../common/version.js';
import { type CommandContext, type CommandLine } from './command-line.js';
import { commandErrors } from './commands.errors.js';

function commandLine(run: (word: string, context: CommandContext) => Promise<void>): CommandLine {
  return {
    name: 'paint',
    description: 'Paints.',
    addCommands: (program, context) => {
      program
        .command('wall')
        .description('paint a wall')
        .argument('<colour>', 'its colour')
        .action((word: string) => run(word, context));
    },
  };
}

const done = commandLine(async (word, { output }) => {
  output.say('working');
  output.answer(word);
  await Promise.resolve();
});
const failing = (error: Error) => commandLine(() => Promise.reject(error));

describe('a command line', () => {
  it('exits with 0 when the command has succeeded', async () => {
    expect(await runCommandHere(done, {}, 'wall', 'blue')).toEqual({
      code: 0,
      answered: 'blue\n',
      said: 'working\n',
    });
  });

  it.each([
    ['of ours', commandErrors.secretsUnreadable(2), /^secrets_unreadable: 2 secrets .*\n$/],
    ['of the system', Object.assign(new Error('no'), { code: 'ENOENT' }), /^ENOENT: no\n$/],
    ['unforeseen', new Error('by surprise'), /^Error: by surprise\n$/],
  ])('exits with 1 and one line when the command fails with an error %s', async (_, error, reason) => {
    expect(await runCommandHere(failing(error), {}, 'wall', 'blue')).toEqual({
      code: 1,
      answered: '',
      said: expect.stringMatching(reason),
    });
  });

  it.each([
    [['wall', '--colour', 'blue'], "error: unknown option '--colour'\n"],
    [['wall'], "error: missing required argument 'colour'\n"],
    [['wall', 'blue', 'red'], 'error: too many arguments'],
    [['floor'], "error: unknown command 'floor'\n"],
    [['wal'], "error: unknown command 'wal' (Did you mean wall?)\n"],
    [[], 'Usage: paint [options] [command]'],
  ])('exits with 2 and the reason when the arguments are wrong: %j', async (args, reason) => {
    expect(await runCommandHere(failing(new Error('It ran.')), {}, ...args)).toEqual({
      code: 2,
      answered: '',
      said: expect.stringContaining(reason),
    });
  });

  it.each([
    [['--help'], 'wall <colour>   paint a wall'],
    [['wall', '--help'], 'Usage: paint wall [options] <colour>'],
    [['wall', 'blue', '-h'], 'Usage: paint wall [options] <colour>'],
    [['--version'], VERSION],
  ])('answers %j on standard output and runs no command', async (args, words) => {
    expect(await runCommandHere(failing(new Error('It ran.')), {}, ...args)).toEqual({
      code: 0,
      answered: expect.stringContaining(words),
      said: '',
    });
  });
});
