import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const INSTALL_MS = 300_000;
export const RUN_MS = 180_000;

/**
 * Runs a command in the directory of a host. Returns its output and errors.
 *
 * @throws Error with both, and with `stdout`
 */
export async function runIn(
  directory: string,
  file: string,
  args: readonly string[],
  {
    timeout = RUN_MS,
    environment = {},
  }: { timeout?: number | undefined; environment?: Record<string, string> | undefined } = {},
): Promise<string> {
  const { NODE_OPTIONS: _, JEST_WORKER_ID: __, NODE_ENV: ___, ...inherited } = process.env;
  const options = { cwd: directory, timeout, env: { ...inherited, ...environment }, maxBuffer: 2 ** 25 };
  try {
    const { stdout, stderr } = await run(file, args, options);
    return stderr + stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw Object.assign(new Error(`${file} ${args.join(' ')} in ${directory}:\n${stdout}\n${stderr}`), {
      stdout,
    });
  }
}

/** Installs a version of Node beside a host. Returns the path of its program. */
export async function installNode(directory: string, version: string): Promise<string> {
  const install = ['install', '--prefix', 'node', '--no-audit', '--no-fund', '--ignore-scripts=false'];
  await runIn(directory, 'npm', [...install, `node@${version}`], { timeout: INSTALL_MS });
  return join(directory, 'node/node_modules/node/bin/node');
}
