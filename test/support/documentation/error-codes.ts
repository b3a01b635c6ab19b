import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from './page.js';

/** An error as the source states it. */
export interface ErrorCode {
  code: string;
  /** The class, such as `NotFound`; undefined for a code that is no error of its own, such as a finding of a check. */
  className: string | undefined;
  status: number | undefined;
  specRef: string | undefined;
}

/** Only tests meet the errors of the simulated platform and the demo. */
const FOLDERS_WITHOUT = ['testing', 'demo'];
/** Codes have an underscore; these have none. */
const SHORT_CODES = ['cancelled', 'forbidden', 'unauthorized', 'unavailable'];
const CODE = new RegExp(`^(?:[a-z][a-z0-9]*(?:_[a-z0-9]+)+|${SHORT_CODES.join('|')})$`);
/** A finding of a check, or a refused content item: `failed('clock_differs', ...)`. */
const FUNCTIONS_OF_CODES = ['failed', 'skipped', 'refused'];

/** Every code of `src`, sorted. Where two errors share a code, the first one counts. */
export function errorCodes(): ErrorCode[] {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'))
    .filter((path) => !FOLDERS_WITHOUT.includes(path.split('/')[0] ?? ''))
    .map((path) => parse(join(ROOT, 'src', path)));
  const statuses = statusesOfClasses(files);
  const found = new Map<string, ErrorCode>();
  for (const file of files) {
    visit(file, (node) => {
      for (const each of codesOf(node, statuses)) {
        const known = found.get(each.code);
        if (known?.className === undefined) found.set(each.code, each);
      }
    });
  }
  return [...found.values()].sort((a, b) => (a.code < b.code ? -1 : 1));
}

function parse(path: string): ts.SourceFile {
  return ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2023, true);
}

function visit(node: ts.Node, each: (node: ts.Node) => void): void {
  each(node);
  node.forEachChild((child) => visit(child, each));
}

/** The status that each class gives to its errors: its own, or that of the class that it extends. */
function statusesOfClasses(files: readonly ts.SourceFile[]): ReadonlyMap<string, number> {
  const own = new Map<string, number>();
  const parents = new Map<string, string>();
  for (const file of files) {
    visit(file, (node) => {
      if (!ts.isClassDeclaration(node) || node.name === undefined) return;
      const parent = node.heritageClauses?.[0]?.types[0]?.expression.getText();
      if (parent !== undefined) parents.set(node.name.text, parent);
      visit(node, (inner) => {
        if (!ts.isCallExpression(inner) || inner.expression.kind !== ts.SyntaxKind.SuperKeyword) return;
        const [fields] = inner.arguments;
        if (fields === undefined || !ts.isObjectLiteralExpression(fields)) return;
        const status = numberOf(property(fields, 'status'));
        if (status !== undefined) own.set(node.name!.text, status);
      });
    });
  }
  const statuses = new Map(own);
  for (const name of parents.keys()) {
    let ancestor: string | undefined = name;
    while (ancestor !== undefined && !own.has(ancestor)) ancestor = parents.get(ancestor);
    const status = ancestor === undefined ? undefined : own.get(ancestor);
    if (status !== undefined) statuses.set(name, status);
  }
  return statuses;
}

function codesOf(node: ts.Node, statuses: ReadonlyMap<string, number>): ErrorCode[] {
  if (ts.isPropertyAssignment(node) && node.name.getText() === 'errorCode') {
    return textsIn(node.initializer).map((code) => plain(code, undefined));
  }
  if (ts.isPropertyAssignment(node) && node.name.getText() === 'code') {
    return textsIn(node.initializer).map((code) => describe(code, node.parent, statuses));
  }
  if (ts.isPropertyDeclaration(node) && node.name.getText() === 'code' && node.initializer !== undefined) {
    return textsIn(node.initializer).map((code) => plain(code, classAround(node)));
  }
  // class GradesRefused { constructor(answer, advice, code = 'grades_refused') }
  if (ts.isParameter(node) && node.name.getText() === 'code' && node.initializer !== undefined) {
    const name = classAround(node);
    const call = superCallOf(node);
    return textsIn(node.initializer).map((code) => ({
      ...(call === undefined ? plain(code, name) : describe(code, call, statuses)),
      className: name,
    }));
  }
  if (ts.isNewExpression(node) && node.expression.getText() === 'GradesRefused') {
    return node.arguments!.slice(2).flatMap((argument) =>
      textsIn(argument).map((code) => ({
        code,
        className: 'GradesRefused',
        status: statuses.get('GradesRefused'),
        specRef: 'AGS 2.0',
      })),
    );
  }
  if (ts.isCallExpression(node) && FUNCTIONS_OF_CODES.includes(node.expression.getText())) {
    const [first] = node.arguments;
    return first === undefined ? [] : textsIn(first).map((code) => callOf(code, node, statuses));
  }
  // problemOf(status, CODES[status] ?? 'http_error', ...), problemOf(500, 'internal_error', ...)
  if (ts.isCallExpression(node) && node.expression.getText() === 'problemOf') {
    return textsIn(node.arguments[1]).map((code) => ({
      ...plain(code, undefined),
      status: numberOf(node.arguments[0]),
    }));
  }
  if (ts.isVariableDeclaration(node) && node.name.getText() === 'CODES') {
    return entriesOf(node.initializer).flatMap(([status, text]) =>
      textsIn(text).map((code) => ({ ...plain(code, undefined), status: Number(status) })),
    );
  }
  // const idTokenFaults = { id_token_too_large: '...' }
  if (ts.isVariableDeclaration(node) && node.name.getText() === 'idTokenFaults') {
    const refused = { className: 'LaunchRefused', status: 401, specRef: 'SEC 5.1.3' };
    return keysOf(node.initializer).map((code) => ({ code, ...refused }));
  }
  return [];
}

/** `deep_link_...` are thrown by `refused(...)`; the findings of a check are not thrown. */
function callOf(code: string, node: ts.CallExpression, statuses: ReadonlyMap<string, number>): ErrorCode {
  if (node.expression.getText() !== 'refused') return plain(code, undefined);
  return { code, className: 'InvalidRequest', status: statuses.get('InvalidRequest'), specRef: 'DL 4.2' };
}

function plain(code: string, className: string | undefined): ErrorCode {
  return { code, className, status: undefined, specRef: undefined };
}

/** What stands beside the code: `new NotFound({ code, status, specRef })`. */
function describe(code: string, fields: ts.Node, statuses: ReadonlyMap<string, number>): ErrorCode {
  if (!ts.isObjectLiteralExpression(fields)) return plain(code, undefined);
  const { parent } = fields;
  const isError =
    ts.isNewExpression(parent) ||
    (ts.isCallExpression(parent) && parent.expression.kind === ts.SyntaxKind.SuperKeyword);
  const className = ts.isNewExpression(parent)
    ? parent.expression.getText()
    : isError
      ? classAround(fields)
      : undefined;
  const specRef = property(fields, 'specRef');
  return {
    code,
    className,
    status: numberOf(property(fields, 'status')) ?? statuses.get(className ?? ''),
    specRef: specRef === undefined ? undefined : textOf(specRef),
  };
}

function property(fields: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined {
  const found = fields.properties.find((each) => each.name?.getText() === name);
  if (found === undefined) return undefined;
  return ts.isPropertyAssignment(found) ? found.initializer : (found.name as ts.Identifier);
}

function numberOf(node: ts.Expression | undefined): number | undefined {
  return node !== undefined && ts.isNumericLiteral(node) ? Number(node.text) : undefined;
}

/** The text of a literal, of a template, of a constant of the file, or of the default of a parameter. */
function textOf(node: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    const rest = node.templateSpans.map(
      ({ expression, literal }) => `${textOf(expression) ?? ''}${literal.text}`,
    );
    return node.head.text + rest.join('');
  }
  if (!ts.isIdentifier(node)) return undefined;
  const initializer = parameterOf(node)?.initializer ?? constantOf(node);
  return initializer === undefined ? undefined : textOf(initializer);
}

function parameterOf(name: ts.Identifier): ts.ParameterDeclaration | undefined {
  const around = ts.findAncestor(name, ts.isArrowFunction);
  return around?.parameters.find((each) => each.name.getText() === name.text);
}

function constantOf(name: ts.Identifier): ts.Expression | undefined {
  return name
    .getSourceFile()
    .statements.filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => [...declarationList.declarations])
    .find((each) => each.name.getText() === name.text)?.initializer;
}

/** The codes in an expression. `launch_session_${problem}` has one for each key of `problems`. */
function textsIn(node: ts.Expression | undefined): string[] {
  if (node === undefined) return [];
  if (ts.isBinaryExpression(node)) return textsIn(node.right);
  if (ts.isTemplateExpression(node)) {
    const { text } = node.head;
    const keys: string[] = [];
    visit(node.getSourceFile(), (each) => {
      if (ts.isVariableDeclaration(each) && each.name.getText() === 'problems')
        keys.push(...keysOf(each.initializer));
    });
    return keys.map((key) => text + key);
  }
  if (ts.isConditionalExpression(node)) return [...textsIn(node.whenTrue), ...textsIn(node.whenFalse)];
  return ts.isStringLiteralLike(node) && CODE.test(node.text) ? [node.text] : [];
}

function keysOf(node: ts.Expression | undefined): string[] {
  return entriesOf(node).map(([key]) => key);
}

function entriesOf(node: ts.Expression | undefined): [key: string, value: ts.Expression][] {
  const literal = node !== undefined && ts.isAsExpression(node) ? node.expression : node;
  if (literal === undefined || !ts.isObjectLiteralExpression(literal)) return [];
  return literal.properties
    .filter(ts.isPropertyAssignment)
    .map(({ name, initializer }) => [name.getText(), initializer]);
}

function classAround(node: ts.Node): string | undefined {
  return ts.findAncestor(node, ts.isClassDeclaration)?.name?.text;
}

function superCallOf(parameter: ts.Node): ts.ObjectLiteralExpression | undefined {
  let found: ts.ObjectLiteralExpression | undefined;
  visit(parameter.parent, (each) => {
    if (!ts.isCallExpression(each) || each.expression.kind !== ts.SyntaxKind.SuperKeyword) return;
    const [fields] = each.arguments;
    if (fields !== undefined && ts.isObjectLiteralExpression(fields)) found = fields;
  });
  return found;
}
