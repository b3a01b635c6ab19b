import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const gate = join(__dirname, '../../.ci/run');

it('prints the time of each command of the gate', async () => {
  const text = await readFile(gate, 'utf8');
  const commands = text
    .split('\n')
    .filter((line) => /\b(?:npm|npx|node) /.test(line) && !line.startsWith('#'));
  expect(commands.filter((line) => !/\bstep (?:\w+|'[^']+') /.test(line))).toEqual([]);

  const step = /^step\(\) \{.*?^\}/ms.exec(text)?.[0] ?? '';
  const { stderr } = await promisify(execFile)('bash', ['-c', `${step}\nstep 'npm ci' true`]);
  expect(stderr).toMatch(/^npm ci: \d+ s, \d+ s of CPU in user mode, \d+ s in the kernel\n$/);
});

it('fails when one of its commands fails', async () => {
  const text = await readFile(gate, 'utf8');
  const step = /^set .*?^\}/ms.exec(text)?.[0] ?? '';
  const run = promisify(execFile)('bash', [
    '-c',
    `${step.replace(/^cd .*$/m, '')}\nstep lint false\necho on`,
  ]);
  await expect(run).rejects.toMatchObject({ code: 1, stdout: '' });
});
