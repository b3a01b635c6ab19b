import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type CompiledSource, compileSource } from '../support/compiled-source.js';

const run = promisify(execFile);

/** In a process of its own: what the import of `entry` has set going there. */
const PROBE = `
  // Node opens these pipes when somebody first looks at them, as libraries do that want to know about colours.
  process.stdout.isTTY; process.stderr.isTTY; process.stdin.isTTY;
  const listeners = () => Object.fromEntries(process.eventNames().map((name) => [String(name), process.listenerCount(name)]));
  const before = { resources: process.getActiveResourcesInfo(), listeners: listeners(), variables: { ...process.env } };
  const { getDefaultBackendFactory } = await import('bullmq');
  const backend = getDefaultBackendFactory();
  const api = await import(process.argv[2]);
  console.log(JSON.stringify({
    exports: Object.keys(api).length,
    before: before.resources,
    after: process.getActiveResourcesInfo(),
    listenersBefore: before.listeners,
    listenersAfter: listeners(),
    sameEnvironment: JSON.stringify(process.env) === JSON.stringify(before.variables),
    sameBackend: getDefaultBackendFactory() === backend,
  }));
`;

describe('importing nest-lti', () => {
  let compiled: CompiledSource;
  beforeAll(async () => (compiled = await compileSource('src/index.ts')));
  afterAll(() => compiled.remove());

  it('does nothing: no timer, socket or listener, and the process ends by itself', async () => {
    const script = join(compiled.directory, 'probe.js');
    await writeFile(script, PROBE);
    const { stdout, stderr } = await run(process.execPath, [script, compiled.entry], { timeout: 60_000 });
    const seen = JSON.parse(stdout);
    expect(stderr).toBe('');
    expect(seen.exports).toBeGreaterThan(0);
    expect(seen.after.filter((resource: string) => !seen.before.includes(resource))).toEqual([]);
    expect(seen.listenersAfter).toEqual(seen.listenersBefore);
    expect(seen).toMatchObject({ sameEnvironment: true, sameBackend: true });
  });
});
