import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** `<thing>.<role>.ts` exports `<Thing><Role>`. Other suffixes, such as `.schema`, name the content of a file. */
const ROLES = [
  ...[
    'cache',
    'cleaner',
    'controller',
    'filter',
    'guard',
    'handler',
    'listener',
    'manager',
    'module',
    'pipe',
  ],
  ...['refresher', 'repository', 'runner', 'scheduler', 'service', 'verifier', 'worker'],
];

const files = readdirSync(__dirname, { recursive: true, encoding: 'utf8' }).filter((file) =>
  ROLES.some((role) => file.endsWith(`.${role}.ts`)),
);

/** In lower case, because a file name does not show the case of `OAuth`. Public names may begin with `Lti`. */
function namesOf(file: string): string[] {
  const name = basename(file, '.ts').replaceAll(/[-.]/g, '');
  return [name, `lti${name}`];
}

function exportsOf(file: string): string[] {
  const text = readFileSync(join(__dirname, file), 'utf8');
  return [...text.matchAll(/^export (?:abstract )?(?:class|interface) (\w+)/gm)].map(([, name = '']) => name);
}

it('finds the class of a file by the name of the file', () => {
  expect(files.length).toBeGreaterThan(50);
  const exceptions = files.filter(
    (file) => !exportsOf(file).some((name) => namesOf(file).includes(name.toLowerCase())),
  );
  expect(exceptions).toEqual([]);
});
