import { type INestApplication, RequestMethod } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { type Application } from 'express';
import request from 'supertest';
import { z } from 'zod';
import { routesOf as applicationRoutes } from '../../src/common/openapi/application-routes.js';
import { type OpenApiOperation, type PathItem } from '../../src/common/openapi/openapi-types.js';
import { operationOf } from '../../src/common/openapi/operation.decorator.js';
import { routeParametersOf } from '../../src/common/openapi/route-parameters.js';
import { type LtiOpenApi, ltiOpenApi } from '../../src/openapi.js';
import { LtiTestApp } from '../support/lti-app.js';
import { STANDALONE_API_KEY, StandaloneService } from '../support/standalone-service.js';

/** The routes of Express, as `get /path/{id}`. */
function routesOf(app: INestApplication): string[] {
  const { router } = app.getHttpAdapter().getInstance() as Application;
  return router.stack.flatMap(({ route }) => {
    if (route === undefined) return [];
    const methods = new Set(route.stack.map(({ method }) => method));
    return [...methods].map((method) => `${method} ${route.path.replace(/:(\w+)/g, '{$1}')}`);
  });
}

/** The service's answer 404 to requests that name no version of the API. */
const UNVERSIONED = / \/api(?:\/\*path)?$/;

/** The pages of the dashboard: which path shows which page is decided in the browser. */
const DASHBOARD_PAGES = ' /dashboard/{one}';

/** Every answer is an error: launches are posted. */
const NOT_POSTED = ['get /lti/1.1/launch', 'get /lti/launch'];

/** Routes for browsers: their fields are checked one by one, with their own error pages. */
const READ_FIELD_BY_FIELD = [
  'GET /lti/login query',
  'GET /lti/register query',
  'GET /lti/registration-guide query',
  'GET /user-grants/authorize query',
  'GET /user-grants/callback query',
];

describe('the OpenAPI document', () => {
  let service: StandaloneService;
  let serviceApp: INestApplication;
  let lti: LtiTestApp;
  let document: LtiOpenApi;
  beforeAll(async () => {
    lti = await LtiTestApp.start();
    const create = jest.spyOn(NestFactory, 'create');
    service = await StandaloneService.start();
    serviceApp = await (create.mock.results[0]?.value as Promise<INestApplication>);
    create.mockRestore();
    document = (await request(service.url).get('/openapi.json').expect(200)).body;
  });
  afterAll(async () => {
    await service.stop();
    await lti.stop();
  });

  const operations = (): [string, OpenApiOperation][] => operationsOf(document);
  const operationsOf = ({ paths }: LtiOpenApi): [string, OpenApiOperation][] =>
    Object.entries(paths).flatMap(([path, item]) =>
      (['get', 'post', 'put', 'patch', 'delete'] as (keyof PathItem)[]).flatMap(
        (method): [string, OpenApiOperation][] => {
          const operation = item[method];
          return operation === undefined ? [] : [[`${method} ${path}`, operation]];
        },
      ),
    );

  /** With each reference to a schema replaced by the schema. */
  const resolved = (part: unknown): unknown =>
    JSON.parse(JSON.stringify(part), (_, value: unknown) => {
      const { $ref } = (value ?? {}) as { $ref?: string };
      const name = $ref?.replace('#/components/schemas/', '');
      return name === undefined ? value : resolved(document.components.schemas[name]);
    });

  it('has a name for each thing, and no schema twice', () => {
    const { schemas } = document.components;
    expect(Object.keys(schemas)).toEqual(
      expect.arrayContaining([
        ...['AccessToken', 'ApiKey', 'Course', 'LineItem', 'Member', 'NewCourse', 'NewLineItem', 'NewScore'],
        ...[
          'Problem',
          'Registration',
          'ResourceLink',
          'Result',
          'Score',
          'Suspension',
          'SyncRun',
          'UserGrant',
        ],
      ]),
    );
    const inline = operations().filter(([route, { requestBody }]) => {
      if (!route.includes(' /api/v1/') || requestBody === undefined) return false;
      return !JSON.stringify(requestBody).includes('"$ref"') && !route.endsWith('/files');
    });
    expect(inline.map(([route]) => route)).toEqual([]);
    const prefixed = ltiOpenApi(lti.app, { schemaPrefix: 'Lti' });
    expect(Object.keys(prefixed.components.schemas).sort()).toEqual(
      Object.keys(schemas)
        .map((name) => `Lti${name}`)
        .sort(),
    );
    expect(JSON.stringify(prefixed)).not.toContain('schemas/Course"');
  });

  it('names the public URL as the server', () => {
    expect(document.servers).toEqual([{ url: 'http://localhost' }]);
  });

  it('has an example for each body and answer, which its schema accepts', () => {
    let checked = 0;
    for (const { controller, name, method, path, handler } of applicationRoutes(lti.app)) {
      const described = operationOf(handler);
      if (described === undefined) continue;
      const route = `${RequestMethod[method].toLowerCase()} ${path.replace(/:(\w+)/g, '{$1}')}`;
      const operation = new Map(operations()).get(route);
      const own = routeParametersOf(controller, name).find((one) => one.in === 'body')?.schema;
      for (const [type, { example }] of Object.entries(operation?.requestBody?.content ?? {})) {
        const read = described.requestBody?.content[type];
        const schema = own ?? (read instanceof z.ZodType ? read : z.string());
        expect([route, schema.safeParse(example).error?.issues]).toEqual([route, undefined]);
        checked += 1;
      }
      for (const [status, { content }] of Object.entries(operation?.responses ?? {})) {
        for (const { example } of Object.values(content ?? {})) {
          expect([route, status, example]).not.toEqual([route, status, undefined]);
          if (!status.startsWith('2')) continue;
          expect([route, described.response?.safeParse(example).error?.issues]).toEqual([route, undefined]);
          checked += 1;
        }
      }
    }
    expect(checked).toBeGreaterThan(60);
  });

  it('gives a client that compiles under strict and works', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'nest-lti-client-'));
    const run = async (script: string, ...args: string[]): Promise<string> => {
      try {
        return (await promisify(execFile)(process.execPath, [script, ...args], { cwd: directory })).stdout;
      } catch (error) {
        // The compiler writes its errors to the standard output.
        throw new Error((error as { stdout: string }).stdout, { cause: error });
      }
    };
    const modules = resolve('node_modules');
    await symlink(modules, join(directory, 'node_modules'));
    await writeFile(join(directory, 'api.json'), JSON.stringify(document));
    await writeFile(join(directory, 'package.json'), '{ "type": "module" }');
    await copyFile('test/fixtures/api-client.ts.txt', join(directory, 'client.ts'));
    // Otherwise the generator requires the fields of a body that have a default.
    const optional = ['--default-non-nullable', 'false'];
    await run(join(modules, 'openapi-typescript/bin/cli.js'), 'api.json', '-o', 'api.d.ts', ...optional);
    const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'];
    const target = [
      '--target',
      'es2023',
      '--module',
      'nodenext',
      '--lib',
      'es2023,dom',
      '--types',
      'node',
      '--skipLibCheck',
    ];
    await run(join(modules, 'typescript-7/bin/tsc'), ...strict, ...target, 'client.ts');
    const said = await run('client.js', service.url, STANDALONE_API_KEY);
    await rm(directory, { recursive: true });
    expect(JSON.parse(said)).toEqual({
      created: 'Chemistry',
      lastSync: null,
      titles: ['Chemistry'],
      refused: ['course_exists', 'api_key_required'],
    });
  });

  it('has a title, a version and a description', () => {
    expect(document.openapi).toMatch(/^3\./);
    expect(document.info).toMatchObject({ title: 'nest-lti', version: '0.1.0' });
  });

  it('has every route that is mounted in the service or in an application, and no other', () => {
    const mounted = routesOf(serviceApp).filter(
      (route) => !UNVERSIONED.test(route) && !route.includes(DASHBOARD_PAGES),
    );
    expect(mounted).toEqual(
      expect.arrayContaining(['post /lti/launch', 'get /docs', 'post /api/v1/scores/{id}/retry']),
    );
    const documented = operationsOf(document).map(([route]) => route);
    expect(documented.sort()).toEqual([...new Set(mounted)].sort());
    const embedded = operationsOf(ltiOpenApi(lti.app)).map(([route]) => route);
    expect(embedded.sort()).toEqual(routesOf(lti.app).sort());
  });

  it('describes the pages of browsers: their parameters and forms, redirects and error pages', () => {
    const pages = operations().filter(([, { responses }]) =>
      JSON.stringify(responses).includes('"text/html"'),
    );
    expect(pages.map(([route]) => route)).toEqual(
      expect.arrayContaining([
        ...['get /lti/login', 'get /lti/register', 'get /user-grants/authorize', 'get /user-grants/callback'],
        ...['post /lti/1.1/launch', 'post /lti/launch', 'post /lti/login', 'post /lti/register'],
      ]),
    );
    for (const [route, { parameters, requestBody, responses }] of pages) {
      if (!/ \/(?:lti|user-grants)\//.test(route)) continue;
      const hasFields = NOT_POSTED.includes(route) || route.endsWith('/logout');
      const form = 'application/x-www-form-urlencoded';
      if (route.startsWith('post ') && !hasFields)
        expect([route, Object.keys(requestBody?.content ?? {})]).toEqual([route, [form]]);
      if (route.startsWith('get ') && !hasFields)
        expect([route, parameters.map(({ in: place }) => place)]).toEqual([
          route,
          expect.arrayContaining(['query']),
        ]);
      for (const [status, { content, headers }] of Object.entries(responses)) {
        const kinds = Object.keys(content ?? {});
        if (status === '204') continue;
        if (status.startsWith('3'))
          expect([route, Object.keys(headers ?? {})]).toEqual([route, ['Location']]);
        else if (status.startsWith('2')) expect([route, kinds]).toEqual([route, ['text/html']]);
        else expect([route, kinds]).toEqual([route, ['application/problem+json', 'text/html']]);
      }
    }
  });

  it('is what an embedder gets, without the health checks and metrics of the service', () => {
    const { paths, ...rest } = ltiOpenApi(lti.app);
    expect(rest).toEqual({ ...document, paths: undefined });
    const isOfService = (path: string): boolean =>
      /^\/(?:dashboard|docs|health|metrics|openapi.json|$)/.test(path);
    expect(paths).toEqual(
      Object.fromEntries(Object.entries(document.paths).filter(([path]) => !isOfService(path))),
    );
  });

  it("is added to the host's own document, in which @nestjs/swagger lists none of our routes by itself", () => {
    const own: OpenAPIObject = SwaggerModule.createDocument(lti.app, new DocumentBuilder().build());
    expect(own.paths).toEqual({});
    const { paths } = ltiOpenApi(lti.app);
    const both: OpenAPIObject = { ...own, paths: { ...own.paths, ...paths } };
    expect(both.openapi).toBe(document.openapi);
    expect(both.paths['/api/v1/courses']?.post?.tags).toEqual(['courses']);
  });

  it('describes each operation and its answers, under a unique name', () => {
    for (const [route, operation] of operations()) {
      expect([route, operation.summary]).toEqual([route, expect.stringMatching(/\w{4}/)]);
      expect([route, operation.tags.length]).toEqual([route, 1]);
      expect([route, Object.keys(operation.responses)]).toEqual([
        route,
        NOT_POSTED.includes(route) ? ['405'] : expect.arrayContaining([expect.stringMatching(/^20/)]),
      ]);
    }
    const names = operations().map(([, { operationId }]) => operationId);
    expect(new Set(names).size).toBe(names.length);
  });

  it('requires an API key for the API, the token of a launch session for the log-out, and else nothing', () => {
    expect(document.components.securitySchemes).toEqual({
      ltiApiKey: { type: 'http', scheme: 'bearer', bearerFormat: 'API key', description: 'An API key' },
      ltiLaunchSession: expect.objectContaining({ type: 'http', scheme: 'bearer' }),
    });
    for (const [route, { security, responses }] of operations()) {
      // The sign-in itself needs no key in a header.
      const isApi = route.includes(' /api/v1/') && !route.endsWith('/session');
      const open = route === 'post /user-grants/logout' ? [{ ltiLaunchSession: [] }] : [];
      expect([route, security]).toEqual([route, isApi ? [{ ltiApiKey: [] }] : open]);
      if (isApi) expect([route, Object.keys(responses)]).toEqual([route, expect.arrayContaining(['401'])]);
    }
  });

  it('has a schema for every body that is sent or answered, and for every parameter', () => {
    const withoutBody = [
      'post /api/v1/dynamic-registrations/{id}/discard',
      'post /api/v1/tool-keys/{kid}/revoke',
      'post /api/v1/courses/{id}/delivery/resume',
      'post /api/v1/courses/{id}/scores/cancel',
      'post /api/v1/courses/{id}/scores/retry',
      'post /api/v1/courses/{id}/sync',
      'post /api/v1/event-handler/deliveries/{eventId}/replay',
      'post /api/v1/event-handler/replay',
      'post /api/v1/notices/{id}/retry',
      'post /api/v1/registrations/{id}/delivery/pause',
      'post /api/v1/registrations/{id}/delivery/resume',
      'post /api/v1/registrations/{id}/sync',
      'post /api/v1/scores/{id}/cancel',
      'post /api/v1/scores/{id}/retry',
      'post /api/v1/sync-runs/{id}/retry',
      'post /api/v1/syncs',
      'post /api/v1/webhooks/{id}/deliveries/{eventId}/replay',
      'post /api/v1/webhooks/{id}/replay',
      'post /api/v1/webhooks/{id}/test',
    ];
    const passedOn = [
      'post /api/v1/registrations/{id}/requests',
      'post /api/v1/user-grants/{id}/files',
      'post /api/v1/user-grants/{id}/requests',
    ];
    for (const [route, operation] of operations().filter(([path]) => path.includes(' /api/v1/'))) {
      const writes = /^(?:post|put|patch)/.test(route) && !withoutBody.includes(route);
      expect([route, operation.requestBody !== undefined]).toEqual([route, writes]);
      if (writes && route !== 'post /api/v1/user-grants/{id}/files')
        expect(JSON.stringify(resolved(operation.requestBody))).toContain('"additionalProperties":false');
      const success = Object.entries(operation.responses).find(([status]) => status.startsWith('20'));
      // The type of a platform's answer is unknown.
      const shape = passedOn.includes(route) ? '"*/*"' : '"properties"';
      expect([route, success?.[0] === '204' || JSON.stringify(resolved(success)).includes(shape)]).toEqual([
        route,
        true,
      ]);
      const inPath = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const { parameters } = operation;
      expect(parameters.filter((one) => one.in === 'path').map(({ name }) => name)).toEqual(inPath);
      for (const { schema } of parameters) expect(schema).toHaveProperty('type');
    }
  });

  it('describes every error as problem details', async () => {
    const problem = document.components.schemas.Problem as { required: string[] };
    const { body } = await request(service.url).get('/api/v1/courses').expect(401);
    expect(Object.keys(body)).toEqual(expect.arrayContaining(problem.required));
    for (const [, { responses }] of operations()) {
      for (const [status, response] of Object.entries(responses)) {
        if (Number(status) < 400) continue;
        expect(JSON.stringify(response)).toContain('"application/problem+json":{"schema":{"$ref"');
      }
    }
  });

  it('has no reference to a missing part', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)];
    for (const [, path = ''] of references) {
      const target = path
        .split('/')
        .reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], document);
      expect(target).toBeDefined();
    }
  });

  it('has pages for reading', async () => {
    const page = await request(service.url).get('/docs').expect(200);
    expect(page.type).toBe('text/html');
    const addresses = [...page.text.matchAll(/(?:src|href|url)="([^"]*)"/g)].map(
      ([, address = '']) => address,
    );
    expect(addresses).toHaveLength(2);
    for (const address of addresses) {
      const { origin, pathname } = new URL(address, `${service.url}/docs`);
      expect(origin).toBe(service.url);
      await request(service.url).get(pathname).expect(200);
    }
  });

  it('is made of routes that have a schema for every body, query and path parameter that they take', () => {
    const parameters = applicationRoutes(lti.app).flatMap(({ controller, name, method, path, handler }) =>
      routeParametersOf(controller, name).map((parameter) => ({
        ...parameter,
        described: parameter.schema ?? operationOf(handler)?.query,
        route: `${RequestMethod[method]} ${path} ${parameter.in}`,
      })),
    );
    expect(parameters.filter(({ schema }) => schema !== undefined).length).toBeGreaterThan(40);
    expect(
      parameters
        .filter(({ schema }) => schema === undefined)
        .map(({ route }) => route)
        .sort(),
    ).toEqual(READ_FIELD_BY_FIELD);
    expect(parameters.filter(({ described }) => described === undefined)).toEqual([]);
  });
});
