import { MetadataManager } from '@nestjs/schematics';
import { ModuleSource } from './module-source.js';

/**
 * Adds the modules to the `imports` of a module's file.
 *
 * @returns also whether the module configures `ConfigModule` already
 */
export function addToModule(
  before: string,
  path: string,
  ending: string,
): { text: string; className: string; isConfigured: boolean } {
  const source = new ModuleSource(before);
  const className = source.exportedClass;
  if (className === undefined) throw new Error(`${path} exports no class. ${byHand}`);
  let text = before;
  if (!source.calls('ScheduleModule.forRoot')) text = insert(text, path, 'ScheduleModule.forRoot()');
  text = insert(text, path, 'LtiModule.forRootAsync(ltiOptions)');
  const { quote } = source;
  const lines = [
    ...(source.importsName('ScheduleModule', '@nestjs/schedule')
      ? []
      : [`import { ScheduleModule } from ${quote}@nestjs/schedule${quote};`]),
    `import { LtiModule } from ${quote}nest-lti${quote};`,
    `import { ltiOptions } from ${quote}./lti/lti.options${ending}${quote};`,
  ];
  const isConfigured = source.calls('ConfigModule.forRoot');
  return { text: withImports(text, lines), className, isConfigured };
}

const byHand = 'Add LtiModule.forRootAsync() by hand, as docs/embedding.md of nest-lti shows.';

function insert(text: string, path: string, call: string): string {
  const inserted = new MetadataManager(text).insert('imports', call);
  if (inserted === undefined) throw new Error(`${path} has no @Module({ ... }). ${byHand}`);
  if (inserted === text) throw new Error(`The imports of @Module in ${path} are not a list. ${byHand}`);
  return inserted;
}

/** Puts the lines after the import of Nest, which every module has, or else first. */
function withImports(text: string, lines: readonly string[]): string {
  const added = lines.join('\n');
  const end = new ModuleSource(text).endOfImport('@nestjs/common');
  if (end === undefined) return `${added}\n${text}`;
  return `${text.slice(0, end)}\n${added}${text.slice(end)}`;
}
