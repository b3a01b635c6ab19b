import { type Command, expectNoWords, runCommand, UsageError } from './command.js';
import { NoDatabaseYet } from './commands.errors.js';

async function outcomeOf(run: Command['run'], ...args: string[]) {
  const outcome = { answered: [] as string[], said: [] as string[] };
  const output = {
    answer: (text: string) => void outcome.answered.push(text),
    say: (text: string) => void outcome.said.push(text),
  };
  const code = await runCommand({ usage: 'Usage: this', run }, { args, variables: {} }, output);
  return { code, ...outcome };
}

const failing = (error: Error) => () => Promise.reject(error);

describe('a command', () => {
  it('ends with 0 when it was done', async () => {
    const run: Command['run'] = ({ args }, { answer, say }) => {
      say('working');
      answer(args.join(' '));
      return Promise.resolve();
    };
    expect(await outcomeOf(run, 'a', 'b')).toEqual({ code: 0, answered: ['a b'], said: ['working'] });
  });

  it.each([
    ['of ours', new NoDatabaseYet('/data'), /^no_database: There is no database in \/data\. /],
    ['unforeseen', new Error('by surprise'), /^Error: by surprise$/],
  ])('ends with 1 and the reason when it failed with an error %s', async (_, error, reason) => {
    const said = [expect.stringMatching(reason)];
    expect(await outcomeOf(failing(error))).toEqual({ code: 1, answered: [], said });
  });

  it('ends with 2 and its usage when its words were wrong', async () => {
    const said = ['No such colour.\n\nUsage: this'];
    expect(await outcomeOf(failing(new UsageError('No such colour.')))).toEqual({
      code: 2,
      answered: [],
      said,
    });
  });

  it.each(['--help', '-h'])('answers %s with its usage, and does nothing', async (word) => {
    const run = failing(new Error('It ran.'));
    expect(await outcomeOf(run, 'create', word)).toEqual({ code: 0, answered: ['Usage: this'], said: [] });
  });

  it('that takes no words says so', () => {
    expect(() => expectNoWords([])).not.toThrow();
    expect(() => expectNoWords(['now', '-x'])).toThrow(new UsageError('It takes no "now -x".'));
  });
});
