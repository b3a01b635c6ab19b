import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(__dirname, '..', '..');
const folders = ['src', 'test/contracts', 'test/integration'];

/** How many files share the suites out among themselves. */
const GROUPS = 9;

/**
 * Registers each ninth suite of the units, contracts and integration tests with the file that calls it. Jest loads the whole
 * application anew for each test file, which takes longer than most suites: as a group they share it.
 */
export function runGroup(group: number): void {
  for (const file of suites().filter((_, index) => index % GROUPS === group)) {
    describe(relative(root, file), () => {
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import is a promise, and describe waits for none
      require(file);
    });
  }
}

function suites(): string[] {
  return folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.spec.ts'))
        .map((name) => join(root, folder, name)),
    )
    .sort();
}
