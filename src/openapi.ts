import { type INestApplication, RequestMethod } from '@nestjs/common';
import { ApiAuthorizer } from './access/api-access.guard.js';
import { ApiKeyGuard } from './access/api-key.guard.js';
import { routesOf } from './common/openapi/application-routes.js';
import {
  type Guarding,
  LAUNCH_SESSION_SCHEME,
  openApiOperation,
  PROBLEM,
} from './common/openapi/openapi-operation.js';
import { OpenApiSchemas } from './common/openapi/openapi-schemas.js';
import { type JsonSchema, type OpenApiOperation, type PathItem } from './common/openapi/openapi-types.js';
import { apiGroupOf, operationOf } from './common/openapi/operation.decorator.js';
import { VERSION } from './common/version.js';
import { LtiConfig } from './config/lti-config.js';
import { JWKS_PATH, JwksController } from './keys/jwks.controller.js';
import { schemaNotes } from './openapi-schemas.js';

export { type JsonSchema, type OpenApiOperation, type PathItem };

/** How a request proves that it is allowed. A type and not an interface, so that it fits the types of `@nestjs/swagger`. */
export type SecurityScheme = {
  /** A scheme of the `Authorization` header. */
  type: 'http';
  /** `bearer`. */
  scheme: string;
  /** The kind of the token. */
  bearerFormat: string;
  /** The token, for readers. */
  description: string;
};

/** An OpenAPI 3.0 document. */
export interface LtiOpenApi {
  /** `3.0.0`. */
  openapi: string;
  /** Title, description and the version of nest-lti. */
  info: { title: string; description: string; version: string };
  /** The public URL, without what the paths begin with. */
  servers: { url: string }[];
  /** By path, such as `/api/v1/courses/{id}`. */
  paths: Record<string, PathItem>;
  /** The named schemas, and the schemes of API keys (with `api: 'api-keys'`) and of the tokens of launch sessions. */
  components: {
    schemas: Record<string, JsonSchema>;
    securitySchemes?: Record<string, SecurityScheme>;
  };
}

/** Options of `ltiOpenApi`. All may be left out. */
export interface LtiOpenApiOptions {
  /** What a proxy in front of the application strips from the path, such as `/tool`. The global prefix is known. */
  basePath?: string;
  /** With `api: { guard }`: the security requirement of your guard, such as `[{ bearer: [] }]`. */
  security?: Record<string, string[]>[];
  /** Put before the name of each schema, such as `Lti`, where the host's own document has schemas of these names. */
  schemaPrefix?: string;
}

/** RFC 9457, with our `code`; see ProblemDetails. */
const problemSchema: JsonSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string', description: 'urn:nest-lti:problem: and the code' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What happened, and what to do about it' },
    code: { type: 'string', description: 'Stable, for programs' },
  },
  additionalProperties: true,
};

const API_KEY_SCHEME = 'ltiApiKey';
const apiKeyErrors = { 401: 'api_key_required or api_key_rejected' };
const apiKeyGuarding: Guarding = {
  security: [{ [API_KEY_SCHEME]: [] }],
  errors: { read: apiKeyErrors, write: { ...apiKeyErrors, 403: 'api_key_read_only' } },
};

/**
 * The OpenAPI document of the routes that nest-lti has in this application: those of launches, consents and dynamic registrations,
 * the key set, and with `api` the REST API. Its paths have the application's global prefix and version.
 *
 * @example
 * const lti = ltiOpenApi(app);
 * document.paths = { ...document.paths, ...lti.paths };
 */
export function ltiOpenApi(
  app: INestApplication,
  { basePath = '', security, schemaPrefix = '' }: LtiOpenApiOptions = {},
): LtiOpenApi {
  const hasApiKeys = app.get<unknown>(ApiAuthorizer, { strict: false }) instanceof ApiKeyGuard;
  const hostGuarding = security === undefined ? undefined : { security, errors: { read: {}, write: {} } };
  const guarding = hasApiKeys ? apiKeyGuarding : hostGuarding;
  const schemas = new OpenApiSchemas(schemaNotes, schemaPrefix);
  schemas.add(PROBLEM, problemSchema);
  const base = basePath.replace(/\/+$/, '');
  const paths = pathsOf(app, base, { guarding, schemas });
  const needsSession = routesOf(app).some(({ handler }) => operationOf(handler)?.needsLaunchSession);
  const securitySchemes = {
    ...(hasApiKeys && { [API_KEY_SCHEME]: bearer('API key', 'An API key') }),
    ...(needsSession && {
      [LAUNCH_SESSION_SCHEME]: bearer('launch session token', 'The token of a launch session'),
    }),
  };
  return {
    openapi: '3.0.0',
    info: {
      title: 'nest-lti',
      description:
        'LTI Advantage as a service: registrations, launches, access tokens, courses, their syncs and grades.',
      version: VERSION,
    },
    servers: [{ url: serverUrl(app, base) }],
    paths,
    components: {
      schemas: schemas.components,
      ...(Object.keys(securitySchemes).length > 0 && { securitySchemes }),
    },
  };
}

function bearer(bearerFormat: string, description: string): SecurityScheme {
  return { type: 'http', scheme: 'bearer', bearerFormat, description };
}

function pathsOf(
  app: INestApplication,
  basePath: string,
  parts: { guarding: Guarding | undefined; schemas: OpenApiSchemas },
): Record<string, PathItem> {
  const paths: Record<string, PathItem> = {};
  for (const route of routesOf(app)) {
    const options = operationOf(route.handler);
    const group = apiGroupOf(route.controller);
    if (options === undefined || group === undefined) continue;
    const path = basePath + route.path.replace(/:(\w+)/g, '{$1}');
    const method = RequestMethod[route.method].toLowerCase() as keyof PathItem;
    paths[path] = { ...paths[path], [method]: openApiOperation(route, options, group, parts) };
  }
  return paths;
}

/** The public URL without what the paths of the document begin with. */
function serverUrl(app: INestApplication, basePath: string): string {
  const { publicUrl } = app.get<LtiConfig>(LtiConfig, { strict: false });
  const jwks = routesOf(app).find(({ controller }) => controller === JwksController);
  const prefix = basePath + (jwks?.path.slice(0, -JWKS_PATH.length) ?? '');
  const url = publicUrl.replace(/\/+$/, '');
  return url.endsWith(prefix) ? url.slice(0, url.length - prefix.length) : url;
}
