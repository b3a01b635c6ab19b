import { MetadataManager } from '@nestjs/schematics';

/** Adds the modules to the `imports` of a module's file. */
export function addToModule(
  before: string,
  path: string,
  ending: string,
): { text: string; className: string } {
  const [, className] = /export (?:default )?class (\w+)/.exec(before) ?? [];
  if (className === undefined) throw new Error(`${path} exports no class. ${byHand}`);
  let text = before;
  if (!/\bScheduleModule\.forRoot\(/.test(before)) text = insert(text, path, 'ScheduleModule.forRoot()');
  text = insert(text, path, 'LtiModule.forRootAsync(ltiOptions)');
  const [, quote = "'"] = /\bfrom (['"])/.exec(before) ?? [];
  const lines = [
    ...(/\bimport\s*\{[^}]*\bScheduleModule\b/.test(before)
      ? []
      : [`import { ScheduleModule } from ${quote}@nestjs/schedule${quote};`]),
    `import { LtiModule } from ${quote}nest-lti${quote};`,
    `import { ltiOptions } from ${quote}./lti/lti.options${ending}${quote};`,
  ];
  return { text: withImports(text, lines), className };
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
  const ofNest = /^(?:import|\}) .*\bfrom ['"]@nestjs\/common['"];?$/m.exec(text);
  if (ofNest === null) return `${added}\n${text}`;
  const end = ofNest.index + ofNest[0].length;
  return `${text.slice(0, end)}\n${added}${text.slice(end)}`;
}
