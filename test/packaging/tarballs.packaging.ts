import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { packedTarballs } from './packed-tarballs.js';

const run = promisify(execFile);

/** Runs a command by `npx`. Rejects with its output when it fails. */
async function npx(name: string, args: readonly string[]): Promise<string> {
  try {
    return (await run('npx', ['--yes', name, ...args], { env: { ...process.env, FORCE_COLOR: '0' } })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(stdout + stderr, { cause: error });
  }
}

describe.each(Object.entries(packedTarballs()))('the tarball of %s', (name, path) => {
  it('contains what it needs and nothing else: no source maps, tests or fixtures', async () => {
    const files = (await run('tar', ['-tzf', path])).stdout.trim().split('\n');
    expect(files).toEqual(expect.arrayContaining(['package/LICENSE', 'package/README.md']));
    expect(files.filter((file) => /\.map$|\.spec\.|fixtures|\.tsbuildinfo$/.test(file))).toEqual([]);
  });

  it('passes publint', async () => {
    await npx('publint@0.3.25', [path, '--strict']);
  });

  it('has correct types for ES modules and CommonJS, and for TypeScript that does not read exports', async () => {
    // The service is ES modules only, and is not meant to be imported.
    const profile = name === 'nest-lti-server' ? 'esm-only' : 'strict';
    await npx('@arethetypeswrong/cli@0.18.5', [path, '--profile', profile, '--format', 'ascii']);
  });
});
