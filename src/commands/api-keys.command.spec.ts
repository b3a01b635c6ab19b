import { parseApiKeysTask } from './api-keys.command.js';
import { UsageError } from './command.js';

const ID = '01890000-0000-7000-8000-000000000001';

describe('the words of the api-keys command', () => {
  it.each([
    [
      ['create', '--name', ' Grading ', '--scope', 'read'],
      { name: 'create', body: { name: 'Grading', scope: 'read' } },
    ],
    [['--scope=write', '--name=-x', 'create'], { name: 'create', body: { name: '-x', scope: 'write' } }],
    [['list'], { name: 'list' }],
    [['revoke', ID], { name: 'revoke', id: ID }],
  ])('are understood: %j', (args, command) => {
    expect(parseApiKeysTask(args)).toEqual(command);
  });

  it.each([
    [[], 'What is to be done?'],
    [['delete'], 'no command "delete"'],
    [['create'], '--name: must not be empty'],
    [['create', '--name', 'x'], '--scope: '],
    [['create', '--name', 'x', '--scope', 'admin'], '--scope: '],
    [['create', '--name', 'a\nb', '--scope', 'read'], '--name: must not hold control characters'],
    [['create', '--name', 'x'.repeat(201), '--scope', 'read'], '--name: '],
    [['create', 'x', '--name', 'x', '--scope', 'read'], 'create takes no "x"'],
    [['create', '--name'], '--name'],
    [['create', '--colour', 'red'], '--colour'],
    [['list', ID], 'list takes no'],
    [['list', '--scope', 'read'], 'are for create'],
    [['revoke'], 'revoke takes one ID'],
    [['revoke', ID, ID], 'revoke takes one ID'],
    [['revoke', 'nlti_abc'], 'ID: must be a UUID'],
  ])('are refused with a reason: %j', (args, reason) => {
    const parse = () => parseApiKeysTask(args);
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(reason);
  });
});
