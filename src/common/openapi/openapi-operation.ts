import { RequestMethod } from '@nestjs/common';
import { HTTP_CODE_METADATA } from '@nestjs/common/constants.js';
import { problemOf } from '../lti-error.js';
import { type ApplicationRoute } from './application-routes.js';
import { type ApiGroup, type OperationOptions } from './operation.decorator.js';
import {
  type JsonSchema,
  type MediaTypes,
  type OpenApiOperation,
  type Parameter,
  type RequestBody,
  type Response,
} from './openapi-types.js';
import { type OpenApiSchemas } from './openapi-schemas.js';
import { type RouteParameter, routeParametersOf } from './route-parameters.js';

const JSON_TYPE = 'application/json';
const HTML_TYPE = 'text/html';
const NO_CONTENT = 204;
const FIRST_REDIRECT = 300;
/** The name of the schema of problem details. */
export const PROBLEM = 'Problem';
const PROBLEM_TYPE = 'application/problem+json';

/** The scheme of the token of a launch session. */
export const LAUNCH_SESSION_SCHEME = 'ltiLaunchSession';

/** The credentials of a guarded route, and its error codes by status. */
export interface Guarding {
  security: Record<string, string[]>[];
  errors: { read: Readonly<Record<number, string>>; write: Readonly<Record<number, string>> };
}

/** Describes a route: its own description, and what all routes of its group share. */
export function openApiOperation(
  { controller, name, handler, method }: ApplicationRoute,
  options: OperationOptions,
  { tag, isGuarded, hasErrorPages = false }: ApiGroup,
  { guarding, schemas }: { guarding: Guarding | undefined; schemas: OpenApiSchemas },
): OpenApiOperation {
  const declared = routeParametersOf(controller, name).map((parameter) =>
    parameter.in === 'query' && options.query !== undefined
      ? { ...parameter, schema: options.query }
      : parameter,
  );
  const parameters = declared.flatMap((parameter) => parametersOf(parameter, schemas));
  const requestBody = requestBodyOf(options, declared, schemas);
  const takesInput = requestBody !== undefined || parameters.length > 0;
  const guard = isGuarded ? guarding : undefined;
  const errors = {
    ...(isGuarded && takesInput && { 400: 'invalid_request, with `errors` by field' }),
    ...(requestBody !== undefined && { 413: 'request_too_large', 415: 'unsupported_media_type' }),
    ...(method === RequestMethod.GET ? guard?.errors.read : guard?.errors.write),
    ...options.errors,
  };
  return {
    operationId: `${controller.name}_${name}`,
    summary: options.summary,
    tags: [tag],
    parameters,
    ...(requestBody !== undefined && { requestBody }),
    responses: {
      ...(options.pages === undefined
        ? { [statusOf(handler, method)]: responseOf(options, statusOf(handler, method), schemas) }
        : pagesOf(options.pages)),
      ...Object.fromEntries(
        Object.entries(errors).map(([status, description]) => [
          status,
          {
            description,
            content: {
              ...problemContent(Number(status), description, schemas),
              ...(hasErrorPages && htmlContent('A page that says what happened, and what to do about it')),
            },
          },
        ]),
      ),
    },
    // An empty list says that the route is open. Without a list, the host's own guard is not known.
    ...((guard !== undefined || !isGuarded) && {
      security:
        options.needsLaunchSession === true ? [{ [LAUNCH_SESSION_SCHEME]: [] }] : (guard?.security ?? []),
    }),
  };
}

function statusOf(handler: object, method: RequestMethod): number {
  const status = Reflect.getMetadata(HTTP_CODE_METADATA, handler) as number | undefined;
  return status ?? (method === RequestMethod.POST ? 201 : 200);
}

function responseOf(options: OperationOptions, status: number, schemas: OpenApiSchemas): Response {
  const { response, responseDescription: description = '', responseType = JSON_TYPE } = options;
  if (response === undefined || status === NO_CONTENT) return { description };
  return { description, content: { [responseType]: schemas.body(response, 'output') } };
}

function pagesOf(pages: Readonly<Record<number, string>>): Record<string, Response> {
  return Object.fromEntries(
    Object.entries(pages).map(([status, description]): [string, Response] => [
      status,
      Number(status) < FIRST_REDIRECT
        ? { description, content: htmlContent(description) }
        : { description, headers: { Location: { schema: { type: 'string', format: 'uri' } } } },
    ]),
  );
}

function htmlContent(title: string): MediaTypes {
  return { [HTML_TYPE]: { schema: { type: 'string' }, example: `<!doctype html><title>${title}</title>` } };
}

/** @param codes the code of the error, or several of them with words between */
function problemContent(status: number, codes: string, schemas: OpenApiSchemas): MediaTypes {
  const [code = 'http_error'] = /[a-z]\w+/.exec(codes) ?? [];
  const example = problemOf(status, code, 'What happened, and what to do about it.');
  const schema = { $ref: `#/components/schemas/${schemas.nameOf(PROBLEM)}` };
  return { [PROBLEM_TYPE]: { schema, example } };
}

function requestBodyOf(
  { requestBody }: OperationOptions,
  declared: readonly RouteParameter[],
  schemas: OpenApiSchemas,
): RequestBody | undefined {
  if (requestBody !== undefined) {
    const content = Object.entries(requestBody.content).map(([type, schema]) => [
      type,
      schemas.body(schema, 'input'),
    ]);
    return { ...requestBody, content: Object.fromEntries(content) as MediaTypes };
  }
  const body = declared.find((one) => one.in === 'body');
  if (body?.schema === undefined) return undefined;
  const required = !body.schema.safeParse(undefined).success;
  return { required, content: { [JSON_TYPE]: schemas.body(body.schema, 'input') } };
}

/** One for a parameter of the path, and one for each field of a query. */
function parametersOf({ in: place, name, schema }: RouteParameter, schemas: OpenApiSchemas): Parameter[] {
  if (place === 'body' || schema === undefined) return [];
  const described = schemas.resolved(schemas.describe(schema, 'input'));
  if (name !== undefined) return [{ name, in: place, required: place === 'path', schema: described }];
  const { properties = {}, required = [] } = described as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([field, { description, ...property }]) => ({
    name: field,
    in: place,
    required: required.includes(field),
    ...(typeof description === 'string' && { description }),
    schema: property,
  }));
}
