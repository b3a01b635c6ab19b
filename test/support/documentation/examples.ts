import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { ROOT } from './page.js';

/** The entry points of the package, and the file beside this one with the variables that their examples do not declare. */
const ENTRY_POINTS = [
  { name: 'nest-lti', source: 'src/index.ts', context: 'example-context' },
  { name: 'nest-lti/openapi', source: 'src/openapi.ts', context: 'example-context' },
  { name: 'nest-lti/testing', source: 'src/testing/index.ts', context: 'testing-example-context' },
] as const;

/** A name as an import has it, such as `type Course`, and the module that exports it. */
interface Importable {
  specifier: string;
  from: string;
}

/**
 * The `@example` blocks of everything that the package exports, as modules for TypeScript, by paths that name the doc comment.
 * A block is the body of a function. The names that it does not declare are imported: from the contexts, which are among the
 * files, and from the entry points.
 */
export function exampleFiles(): Map<string, string> {
  const files = new Map<string, string>();
  for (const { name, source, context } of ENTRY_POINTS) {
    const contextFile = `test/support/documentation/${context}.ts`;
    const importable = new Map([
      ...ENTRY_POINTS.flatMap((entry) => importablesOf(entry.source, entry.name)),
      ...importablesOf(source, name),
      ...importablesOf(contextFile, `./${context}.js`),
    ]);
    files.set(`examples/${context}.ts`, readFileSync(join(ROOT, contextFile), 'utf8'));
    for (const { where, code } of examplesOf(source))
      files.set(`examples/${where}.ts`, moduleOf(code, importable));
  }
  return files;
}

/** The first line has the imports, so a line of the block is one line further down. */
function moduleOf(code: string, importable: ReadonlyMap<string, Importable>): string {
  const names = new Set<string>();
  forEachIdentifier(ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2023), (name) =>
    names.add(name),
  );
  const imports = [...names].flatMap((name) => {
    const found = importable.get(name);
    return found === undefined ? [] : [`import { ${found.specifier} } from '${found.from}';`];
  });
  return `${imports.join(' ')} export async function example() {\n${code}\n}\n`;
}

function forEachIdentifier(node: ts.Node, visit: (name: string) => void): void {
  if (ts.isIdentifier(node)) visit(node.text);
  node.forEachChild((child) => forEachIdentifier(child, visit));
}

/** What a module exports, by its own declarations or from other modules. */
function importablesOf(path: string, from: string): [name: string, Importable][] {
  const specifiers = parse(path).statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement) && statement.exportClause !== undefined) {
      const { exportClause } = statement;
      if (!ts.isNamedExports(exportClause)) return [];
      return exportClause.elements.map((each) => ({ name: each.name.text, isType: each.isTypeOnly }));
    }
    if (!isExported(statement)) return [];
    const isType = ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
    return namesOf(statement).map((name) => ({ name, isType }));
  });
  return specifiers.map(({ name, isType }) => [name, { specifier: isType ? `type ${name}` : name, from }]);
}

function isExported(statement: ts.Statement): boolean {
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
  return modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  const { name } = statement as ts.DeclarationStatement;
  return name === undefined ? [] : [name.getText()];
}

interface Example {
  where: string;
  code: string;
}

/** The examples of an entry point: of its own statements, and of the declarations that it exports from other modules. */
function examplesOf(source: string): Example[] {
  return parse(source).statements.flatMap((statement) => {
    const own = examplesBelow(statement);
    if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier === undefined) return own;
    const { text } = statement.moduleSpecifier as ts.StringLiteral;
    const file = parse(join(dirname(source), text.replace(/\.js$/, '.ts')));
    const exported = (statement.exportClause as ts.NamedExports).elements.map(
      ({ name, propertyName }) => (propertyName ?? name).text,
    );
    const declarations = file.statements.filter((each) =>
      namesOf(each).some((name) => exported.includes(name)),
    );
    return [...own, ...declarations.flatMap((declaration) => examplesBelow(declaration))];
  });
}

/** The examples of a declaration and of its members. */
function examplesBelow(node: ts.Node): Example[] {
  const nodes = 'members' in node ? [node, ...(node.members as ts.NodeArray<ts.Node>)] : [node];
  return nodes.flatMap((each) => ts.getJSDocCommentsAndTags(each).filter(ts.isJSDoc)).flatMap(examplesIn);
}

function examplesIn(comment: ts.JSDoc): Example[] {
  const file = comment.getSourceFile();
  const line = file.getLineAndCharacterOfPosition(comment.getStart()).line + 1;
  const text = comment
    .getText()
    .slice('/**'.length, -'*/'.length)
    .replace(/^ *\* ?/gm, '');
  return text
    .split(/^ *@example\b/m)
    .slice(1)
    .map((block, index) => ({
      where: `${file.fileName.replace(/\.ts$/, '').replaceAll('/', '.')}.comment-at-line-${line}-example-${index + 1}`,
      // Editors would take a decorator at the beginning of a line for a tag, so doc comments write `\@`.
      code: (block.split(/^@\w/m)[0] ?? '').replaceAll('\\@', '@').replace(/^export /gm, ''),
    }));
}

const parsed = new Map<string, ts.SourceFile>();

function parse(path: string): ts.SourceFile {
  const known =
    parsed.get(path) ??
    ts.createSourceFile(path, readFileSync(join(ROOT, path), 'utf8'), ts.ScriptTarget.ES2023, true);
  parsed.set(path, known);
  return known;
}
