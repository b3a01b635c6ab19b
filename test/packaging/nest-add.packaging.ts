import { stripVTControlCharacters } from 'node:util';
import { Page } from '../support/documentation/page.js';
import { packedTarballs } from './packed-tarballs.js';
import { SkeletonApp, skeletons } from './skeleton-app.js';

/** What a developer has there: the tests must not use it. */
const DEVELOPMENT = `PUBLIC_URL=https://quiz.example.edu
DATABASE_URL=postgres://developer@127.0.0.1:1/quiz
ENCRYPTION_KEYS=main:
`;

/** The command of the README and of docs/getting-started.md. */
function documentedCommand(): string {
  const commands = Page.all()
    .flatMap(({ blocks }) => blocks)
    .map(({ code }) => code)
    .filter((code) => code.startsWith('npx nest add'));
  expect(commands).toEqual(['npx nest add nest-lti', 'npx nest add nest-lti']);
  return commands[0]!;
}

// It needs the registry.
describe('nest add nest-lti in a project of `nest new`', () => {
  it.each(skeletons)(
    'names the fault of a project without an app module, and adds what compiles and passes its own test, once: $name on $adapter',
    async (skeleton) => {
      const app = await SkeletonApp.make(skeleton, packedTarballs()['nest-lti'] ?? '');

      await app.move('src/app.module.ts', 'src/root.module.ts');
      const refused = await app.add(documentedCommand()).catch((error: unknown) => String(error));
      expect(refused).toContain('This application has no module at src/app.module.ts.');
      await app.move('src/root.module.ts', 'src/app.module.ts');

      await app.add(documentedCommand());
      const added = await app.files();
      expect([...added.keys()]).toEqual(
        expect.arrayContaining([
          '.env.example',
          'src/lti/lti-launches.ts',
          'src/lti/lti.options.ts',
          'test/lti.e2e-spec.ts',
        ]),
      );
      expect(await app.addAgain()).toContain('Nothing was changed.');
      expect(await app.files()).toEqual(added);

      await app.build();
      await app.write('.env', DEVELOPMENT);
      const output = await app.test({ TEST_DATABASE_URL: process.env.TEST_DATABASE_URL ?? '' });
      expect(stripVTControlCharacters(output)).toMatch(/Tests: +2 passed, 2 total|Tests {2}2 passed/);
      process.stdout.write(`passed: nest add in ${skeleton.name} on ${skeleton.adapter}\n`);
      await app.remove();
    },
  );
});
