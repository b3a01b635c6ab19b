import { execFile } from 'node:child_process';
import { resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const TIMEOUT_MS = 60_000;

/** How a command's process ended. */
export interface EndedCommand {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The built programs (`dist/`), as `npx` finds them. */
const programs = { 'nest-lti': 'commands/main', 'nest-lti-server': 'server/main' };

/** Runs a built command in its own process. */
export function runBuiltCommand(
  program: keyof typeof programs,
  env: Record<string, string>,
  ...args: string[]
): Promise<EndedCommand> {
  const { PATH = '', HOME = '' } = process.env;
  const options = { env: { PATH, HOME, ...env }, timeout: TIMEOUT_MS };
  return new Promise((done) => {
    const child = execFile(
      process.execPath,
      [resolve(ROOT, `dist/src/${programs[program]}.js`), ...args],
      options,
      (_, stdout, stderr) => done({ code: child.exitCode, stdout, stderr }),
    );
  });
}
