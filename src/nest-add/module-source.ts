import ts from 'typescript';

/** A TypeScript file, as its syntax tree: what is commented out does not count. */
export class ModuleSource {
  private readonly file: ts.SourceFile;

  constructor(readonly text: string) {
    this.file = ts.createSourceFile('module.ts', text, ts.ScriptTarget.Latest);
  }

  /** The name of the first class that the file exports. */
  get exportedClass(): string | undefined {
    return this.file.statements.filter(ts.isClassDeclaration).find(isExported)?.name?.text;
  }

  /** The quote of its imports. */
  get quote(): string {
    return this.imports()[0]?.moduleSpecifier.getText(this.file).charAt(0) ?? "'";
  }

  /** Whether it has `import { name } from 'from'`. */
  importsName(name: string, from: string): boolean {
    return this.imports().some(({ importClause, moduleSpecifier }) => {
      const bindings = importClause?.namedBindings;
      if (specifierOf(moduleSpecifier) !== from || bindings === undefined || !ts.isNamedImports(bindings))
        return false;
      return bindings.elements.some((element) => (element.propertyName ?? element.name).text === name);
    });
  }

  /** Whether it calls `callee(...)`, such as `ScheduleModule.forRoot`. */
  calls(callee: string): boolean {
    const isCall = (node: ts.Node): boolean =>
      (ts.isCallExpression(node) && node.expression.getText(this.file) === callee) ||
      ts.forEachChild(node, (child) => isCall(child) || undefined) === true;
    return isCall(this.file);
  }

  /** Where the line of the import of `from` ends. */
  endOfImport(from: string): number | undefined {
    const found = this.imports().find(({ moduleSpecifier }) => specifierOf(moduleSpecifier) === from);
    if (found === undefined) return undefined;
    const rest = this.text.slice(found.end).search(/\r?\n|$/);
    return found.end + rest;
  }

  private imports(): ts.ImportDeclaration[] {
    return this.file.statements.filter(ts.isImportDeclaration);
  }
}

function specifierOf(node: ts.Expression): string | undefined {
  return ts.isStringLiteral(node) ? node.text : undefined;
}

function isExported({ modifiers }: ts.ClassDeclaration): boolean {
  return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
}
