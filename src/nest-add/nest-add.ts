import { posix } from 'node:path';
import { type Rule, type SchematicContext, type Tree } from '@angular-devkit/schematics';
import { addToModule } from './add-to-module.js';
import { environmentExample, launchesFile, optionsFile, testFile } from './generated-files.js';
import { ModuleSource } from './module-source.js';
import { PackageManifest } from './package-manifest.js';

/** The options of `nest add nest-lti`. */
export interface NestAddOptions {
  /** The folder of the sources. The Nest CLI passes it. */
  sourceRoot?: string;
  /** The file of the root module, from `--module`. */
  module?: string;
}

/** The schematic of `nest add nest-lti`. A second run changes nothing. */
export function nestAdd({ sourceRoot = 'src', module }: NestAddOptions): Rule {
  return (tree, context) => {
    const present = fileWithLtiModule(tree, sourceRoot);
    if (present !== undefined) {
      context.logger.info(`${present} imports LtiModule already. Nothing was changed.`);
      return;
    }
    const modulePath = module ?? posix.join(sourceRoot, 'app.module.ts');
    if (!tree.exists(modulePath)) {
      throw new Error(
        `This application has no module at ${modulePath}. ` +
          'Name the file of its root module: nest add nest-lti --module src/root.module.ts',
      );
    }
    const manifest = PackageManifest.read(tree);
    const ending = manifest.isEsm ? '.js' : '';
    const { text, className, isConfigured } = addToModule(tree.readText(modulePath), modulePath, ending);
    tree.overwrite(modulePath, text);

    const folder = posix.join(posix.dirname(modulePath), 'lti');
    const testFolder = posix.join(posix.dirname(sourceRoot), 'test');
    const moduleFromTest = posix.relative(testFolder, modulePath).replace(/\.ts$/, ending);
    const { adapter } = manifest;
    const files = {
      [`${folder}/lti-launches.ts`]: launchesFile(),
      [`${folder}/lti.options.ts`]: optionsFile(ending, isConfigured),
      [`${testFolder}/lti.e2e-spec.ts`]: testFile({ className, moduleFromTest, adapter }),
    };
    for (const [path, content] of Object.entries(files)) createOnce(tree, context, path, content);
    addEnvironmentExample(tree);
    manifest.addDependencies();
    context.addTask(manifest.installation());
    context.logger.info(
      'Copy the variables of .env.example to .env and set them. Tests of yours that import ' +
        `${className} need them, too. Next: docs/getting-started.md of nest-lti.`,
    );
  };
}

/** The first file that imports `LtiModule`. */
function fileWithLtiModule(tree: Tree, sourceRoot: string): string | undefined {
  let found: string | undefined;
  tree.getDir(sourceRoot).visit((path) => {
    if (found !== undefined || !path.endsWith('.ts')) return;
    const text = tree.readText(path);
    if (!text.includes('nest-lti')) return;
    if (new ModuleSource(text).importsName('LtiModule', 'nest-lti')) found = path.slice(1);
  });
  return found;
}

function createOnce(tree: Tree, context: SchematicContext, path: string, content: string): void {
  if (tree.exists(path)) context.logger.warn(`${path} exists already and stays as it is.`);
  else tree.create(path, content);
}

/** Adds the variables that the file does not have. */
function addEnvironmentExample(tree: Tree): void {
  const path = '.env.example';
  const before = tree.exists(path) ? tree.readText(path) : '';
  const added = environmentExample.filter(({ name }) => !new RegExp(`^#? ?${name}=`, 'm').test(before));
  if (added.length === 0) return;
  const lines = added.flatMap(({ name, comment, value }) => [`# ${comment}`, `${name}=${value}`]);
  const text = [...(before === '' ? [] : [before.trimEnd(), '']), ...lines, ''].join('\n');
  if (before === '') tree.create(path, text);
  else tree.overwrite(path, text);
}
