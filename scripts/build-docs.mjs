// Builds the documentation site under docs/.vitepress/dist: the pages of docs/, and the references, which are made of the code:
//
//   reference/configuration  from the schema of the options and its comments, and that of the environment variables
//   reference/rest           from the OpenAPI document of an application that has the REST API
//   api/                     from the exported types, by TypeDoc
//
// It needs no network. It runs the compiled code: `npm run docs:build` builds first. `--references DIRECTORY` only writes the two pages
// under reference/ there, for a test.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { optionVariables } from '../dist/src/internal.js';
import { environmentNames } from '../dist/src/server/environment.schema.js';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const site = join(root, 'docs/.vitepress/dist');
const [flag, directory = ''] = process.argv.slice(2);
const onlyReferences = flag === '--references';
const reference = onlyReferences ? resolve(directory) : join(root, 'docs/reference');

/** What the text of a schema says about its values. The first one that fits counts. */
const TYPES = [
  [
    /z\s*\.enum\(\[([^\]]+)\]/,
    (_, names) =>
      names
        .replaceAll("'", '')
        .split(/,\s*/)
        .map((name) => `\`${name}\``)
        .join(', '),
  ],
  [/z\s*\.array\(/, () => 'list'],
  [
    /literal\('never'\)[\s\S]*durationSchema|durationSchema/,
    (whole) => (whole.includes('never') ? 'duration or `never`' : 'duration'),
  ],
  [
    /z\.int\(\)(?:\.min\((\d[\d_]*)\))?(?:\.max\((\d[\d_]*)\))?/,
    (_, low, high) => `integer${range(low, high)}`,
  ],
  [
    /z\.number\(\)(?:\.min\(([\d._]+)\))?(?:\.max\(([\d._]+)\))?/,
    (_, low, high) => `number${range(low, high)}`,
  ],
  [/z\.boolean\(\)/, () => '`true`, `false`'],
  [/Url\b|z\.url|httpUrl/, () => 'URL'],
  [/z\s*\.string\(/, () => 'text'],
  [/z\s*\.custom</, () => 'object or function'],
];

/** The entry points of the package, by the names that TypeDoc gives them. */
const ENTRY_POINTS = { index: 'nest-lti', openapi: 'nest-lti/openapi', testing: 'nest-lti/testing' };

const errorCodes = new Set(
  [...readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8').matchAll(/^### `(\w+)`$/gm)].map(
    ([, name]) => name,
  ),
);

rmSync(reference, { recursive: true, force: true });
mkdirSync(reference, { recursive: true });
writeFileSync(join(reference, 'configuration.md'), configurationPage());
writeFileSync(join(reference, 'rest.md'), restPage(await openApi()));
if (!onlyReferences) {
  const { build } = await import('vitepress');
  await build(join(root, 'docs'));
  await writeTypes(join(site, 'api'));
}
// Open handles of the database would keep the process.
process.exit(0);

function cell(text) {
  return text
    .replaceAll('|', '\\|')
    .replaceAll('\n', ' ')
    .replaceAll('<', '&lt;')
    .replaceAll('{{', '&#123;&#123;');
}

function code(text) {
  return text === undefined || text === '' ? '' : `\`${String(text).replaceAll('|', '\\|')}\``;
}

// The options

function configurationPage() {
  const config = parse('src/config/lti-config.ts');
  const tokenStore = parse('src/config/token-store.schema.ts');
  const jobs = parse('src/config/jobs.schema.ts');
  const schemas = new Map([config, tokenStore, jobs].flatMap((file) => declarationsOf(file)));
  const variables = new Map(Object.entries(optionVariables));
  const embedding = readFileSync(join(root, 'docs/embedding.md'), 'utf8');
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const options = optionsIn(schemas.get('ltiConfigSchema'), schemas);
  const rows = options.map(({ name, comment, type }) => {
    const [description, fallback] = splitDefault(comment);
    const meaning = description === '' ? rowOf(embedding, name, 3) : cell(description);
    const variable = variables.get(name);
    const names = variable === undefined ? code(name) : `${code(name)}<br>${code(variable)}`;
    const values = fallback === '' ? type : `${type}; default: ${fallback}`;
    return `| ${names} | ${cell(values)} | ${meaning} |`;
  });
  const extras = extrasOf(parse('src/lti.module.ts')).map(
    ({ name, comment }) => `| \`${name}\` | ${cell(comment)} |`,
  );
  const ofOptions = new Map([...variables].map(([option, variable]) => [variable, option]));
  const variableRows = environmentNames.map((name) => {
    const option = ofOptions.get(name);
    return `| \`${name}\` | ${code(option)} | ${rowOf(readme, name, 3)} |`;
  });
  return `---
aside: false
---

# Configuration

All options of \`LtiModule.forRoot\` and all environment variables of the service, from their schemas. [Embedding](../embedding.md)
explains the options.

## Options

| Option, and variable of the service | Values | Meaning |
| --- | --- | --- |
${rows.join('\n')}

## Options beside \`useFactory\`

These are not in the result of \`useFactory\`, because Nest needs them before it calls that.

| Option | Meaning |
| --- | --- |
${extras.join('\n')}

## Environment variables

Each variable has a \`_FILE\` twin that names a file with its value.

| Variable | Option | Meaning |
| --- | --- | --- |
${variableRows.join('\n')}
`;
}

function parse(path) {
  return ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.ES2023, true);
}

function declarationsOf(file) {
  return file.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => declarationList.declarations)
    .map((declaration) => [declaration.name.getText(), declaration.initializer]);
}

/** The options of an object schema, with the options of the object schemas in it. */
function optionsIn(schema, schemas, prefix = '') {
  const shape = shapeOf(schema, schemas);
  if (shape === undefined) return [];
  return shape.properties.flatMap((property) => {
    const name = prefix + property.name.getText();
    const value = ts.isShorthandPropertyAssignment(property)
      ? schemas.get(property.name.text)
      : property.initializer;
    const inner = optionsIn(value, schemas, `${name}.`);
    const own = { name, comment: commentOf(property), type: typeOf(value, schemas) };
    return inner.length > 0 ? inner : [own];
  });
}

/** The object literal of \`z.strictObject({...})\`, also behind a name or behind \`.prefault({})\`. */
function shapeOf(schema, schemas) {
  const found = resolveName(schema, schemas);
  if (found === undefined || !ts.isCallExpression(found)) return undefined;
  const called = found.expression.getText();
  if (called === 'z.strictObject') return found.arguments[0];
  if (ts.isPropertyAccessExpression(found.expression)) return shapeOf(found.expression.expression, schemas);
  return undefined;
}

function resolveName(node, schemas) {
  return node !== undefined && ts.isIdentifier(node) ? schemas.get(node.text) : node;
}

function commentOf(node) {
  return ts
    .getJSDocCommentsAndTags(node)
    .filter(ts.isJSDoc)
    .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '')
    .join(' ');
}

function splitDefault(comment) {
  const [sentence = '', fallback = ''] = /Default: ([^;]+?)(?:\.(?:\s|$)|;\s*|$)/.exec(comment) ?? [];
  return [comment.replace(sentence, '').trim(), fallback];
}

function range(low, high) {
  return low === undefined ? '' : ` from ${low.replaceAll('_', '')} to ${high.replaceAll('_', '')}`;
}

function typeOf(schema, schemas) {
  const text = resolveName(schema, schemas)?.getText() ?? schema?.getText() ?? '';
  if (schema?.getText() === 'tokenStoreSchema')
    return '`none`, `memory`, `postgres`, or an object with the `type` `redis` or `custom`';
  if (schema?.getText() === 'jobsSchema') return 'an object with the `backend` `postgres` or `redis`';
  for (const [pattern, say] of TYPES) {
    const found = pattern.exec(text);
    if (found !== null) return say(...found);
  }
  return 'text';
}

function extrasOf(file) {
  const extras = file.statements.find(
    (statement) => ts.isInterfaceDeclaration(statement) && statement.name.text === 'LtiModuleExtras',
  );
  return extras.members.map((member) => ({ name: member.name.getText(), comment: commentOf(member) }));
}

/** The last cells of a hand-written row: what it says about an option or a variable. */
function rowOf(text, name, from) {
  const row = text
    .split('\n')
    .find((line) => line.startsWith('|') && line.split('|')[1].includes(`\`${name}\``));
  return row === undefined
    ? ''
    : row
        .split('|')
        .slice(from, -1)
        .join('|')
        .trim()
        .replace(/\]\((?:docs\/)?/g, '](../');
}

// The REST API

async function openApi() {
  const { NestFactory } = await import('@nestjs/core');
  const { LtiModule } = await import(join(root, 'dist/src/index.js'));
  const { ltiOpenApi } = await import(join(root, 'dist/src/openapi.js'));
  const { startTestDatabase } = await import(join(root, 'dist/src/testing/index.js'));
  const database = await startTestDatabase();
  const module = LtiModule.forRoot({
    publicUrl: 'https://tool.example.edu',
    database: { url: database.url },
    encryptionKeys: `docs:${randomBytes(32).toString('base64')}`,
    courseSync: { every: 'never' },
    worker: 'off',
    api: 'api-keys',
  });
  const app = await NestFactory.create(module, { logger: ['error'] });
  await app.init();
  const document = ltiOpenApi(app);
  await app.close();
  await database.stop();
  return document;
}

function restPage({ paths, components }) {
  const groups = new Map();
  for (const [path, item] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const [tag = 'other'] = operation.tags ?? [];
      const routes = groups.get(tag) ?? [];
      routes.push({ path, method, operation });
      groups.set(tag, routes);
    }
  }
  const sections = [...groups].map(([tag, routes]) => `## ${tag}\n\n${routes.map(routeSection).join('\n')}`);
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) =>
      `### ${name}\n\n${schema.description ? `${cell(schema.description)}\n\n` : ''}${fieldsOf(schema)}`,
  );
  return `---
outline: 2
---

# REST API

All routes, from the OpenAPI document that the service has at \`/openapi.json\`, and an application by \`nest-lti/openapi\`.
[The service by REST](../service.md) is a walk through them.

${sections.join('\n')}
## Schemas

${schemas.join('\n')}
`;
}

function routeSection({ path, method, operation }) {
  const parts = [
    `### ${method.toUpperCase()} ${path.replaceAll('{', '&#123;').replaceAll('}', '&#125;')}`,
    '',
    cell(operation.summary ?? ''),
  ];
  if (operation.description) parts.push('', cell(operation.description));
  const parameters = operation.parameters ?? [];
  if (parameters.length > 0) {
    parts.push('', '| Parameter | In | Type | Meaning |', '| --- | --- | --- | --- |');
    for (const { name, in: place, required, schema, description } of parameters)
      parts.push(
        `| \`${name}\`${required ? '' : ' (optional)'} | ${place} | ${typeName(schema)} | ${cell(description ?? schema?.description ?? '')} |`,
      );
  }
  for (const [type, { schema }] of Object.entries(operation.requestBody?.content ?? {}))
    parts.push('', `Body (\`${type}\`): ${typeName(schema)}`);
  parts.push('', '| Status | Answer |', '| --- | --- |');
  for (const [status, { description, content }] of Object.entries(operation.responses ?? {})) {
    const [[type, media] = []] = Object.entries(content ?? {});
    const body = type === undefined || type.includes('problem') ? '' : typeName(media.schema);
    const said = linkCodes(cell(description ?? ''));
    parts.push(`| ${status} | ${[said, body].filter(Boolean).join(': ')} |`);
  }
  return `${parts.join('\n')}\n`;
}

/** Names of error codes become links to their entries. */
function linkCodes(text) {
  return text.replace(/\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b/g, (name) =>
    errorCodes.has(name) ? `[${name}](../troubleshooting.md#${name})` : name,
  );
}

function typeName(schema) {
  if (schema === undefined) return '';
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1);
    return `[${name}](#${name.toLowerCase()})`;
  }
  if (schema.allOf?.length === 1) return typeName(schema.allOf[0]);
  const union = schema.anyOf ?? schema.oneOf;
  if (union !== undefined) return union.map(typeName).join(' or ');
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.type === 'array') return `list of ${typeName(schema.items)}`;
  if (schema.type === 'object' || schema.properties !== undefined) return 'object';
  return [schema.type ?? 'any', schema.format && `(${schema.format})`, schema.nullable && 'or null']
    .filter(Boolean)
    .join(' ');
}

function fieldsOf(schema) {
  if (schema.properties === undefined) return `${typeName(schema)}\n`;
  const rows = Object.entries(schema.properties).map(([name, field]) => {
    const optional = schema.required?.includes(name) ? '' : ' (optional)';
    return `| \`${name}\`${optional} | ${typeName(field)} | ${cell(field.description ?? '')} |`;
  });
  return ['| Field | Type | Meaning |', '| --- | --- | --- |', ...rows, ''].join('\n');
}

// The types

async function writeTypes(out) {
  const { Application, Converter, ReflectionKind, TSConfigReader } = await import('typedoc');
  const app = await Application.bootstrap(
    {
      name: 'nest-lti',
      tsconfig: join(root, 'tsconfig.json'),
      entryPoints: ['src/index.ts', 'src/openapi.ts', 'src/testing/index.ts'].map((path) => join(root, path)),
      readme: 'none',
      excludeExternals: true,
      excludeInternal: true,
      excludePrivate: true,
      disableSources: true,
      skipErrorChecking: true,
      validation: false,
      navigationLinks: { Guides: '../' },
      favicon: join(root, 'docs/public/favicon.svg'),
      logLevel: 'Error',
    },
    [new TSConfigReader()],
  );
  // Nest calls the constructors of what it injects: they are no part of the API.
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const reflection of project.getReflectionsByKind(ReflectionKind.Constructor))
      if (/(?:Service|Repository|Guard|Filter|ApiClient)$/.test(reflection.parent?.name ?? ''))
        project.removeReflection(reflection);
    for (const entry of project.children ?? []) entry.name = ENTRY_POINTS[entry.name] ?? entry.name;
  });
  const project = await app.convert();
  if (project === undefined) throw new Error('TypeDoc could not read the types.');
  await app.generateDocs(project, out);
}
