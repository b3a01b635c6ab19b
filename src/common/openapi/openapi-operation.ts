import { RequestMethod } from '@nestjs/common';
import { HTTP_CODE_METADATA } from '@nestjs/common/constants.js';
import { z } from 'zod';
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
import { type RouteParameter, routeParametersOf } from './route-parameters.js';

const JSON_TYPE = 'application/json';
const NO_CONTENT = 204;
const PROBLEM: MediaTypes = {
  'application/problem+json': { schema: { $ref: '#/components/schemas/LtiProblem' } },
};

/** The credentials of a guarded route, and its error codes by status. */
export interface Guarding {
  security: Record<string, string[]>[];
  errors: { read: Readonly<Record<number, string>>; write: Readonly<Record<number, string>> };
}

/** Describes a route: its own description, and what all routes of its group share. */
export function openApiOperation(
  { controller, name, handler, method }: ApplicationRoute,
  options: OperationOptions,
  { tag, isGuarded }: ApiGroup,
  guarding: Guarding | undefined,
): OpenApiOperation {
  const declared = routeParametersOf(controller, name);
  const parameters = declared.flatMap(parametersOf);
  const requestBody = options.requestBody ?? requestBodyOf(declared);
  const takesInput = requestBody !== undefined || parameters.length > 0;
  const guard = isGuarded ? guarding : undefined;
  const errors = {
    ...(isGuarded && takesInput && { 400: 'invalid_request, with `errors` by field' }),
    ...(requestBody !== undefined && { 415: 'unsupported_media_type' }),
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
      [statusOf(handler, method)]: responseOf(options, statusOf(handler, method)),
      ...Object.fromEntries(
        Object.entries(errors).map(([status, description]) => [status, { description, content: PROBLEM }]),
      ),
    },
    ...(guard !== undefined && { security: guard.security }),
  };
}

function statusOf(handler: object, method: RequestMethod): number {
  const status = Reflect.getMetadata(HTTP_CODE_METADATA, handler) as number | undefined;
  return status ?? (method === RequestMethod.POST ? 201 : 200);
}

function responseOf(options: OperationOptions, status: number): Response {
  const { response, responseDescription: description = '', responseType = JSON_TYPE } = options;
  if (response === undefined || status === NO_CONTENT) return { description };
  return { description, content: { [responseType]: { schema: jsonSchemaOf(response, 'output') } } };
}

function requestBodyOf(declared: readonly RouteParameter[]): RequestBody | undefined {
  const body = declared.find((one) => one.in === 'body');
  if (body?.schema === undefined) return undefined;
  return { required: true, content: { [JSON_TYPE]: { schema: jsonSchemaOf(body.schema, 'input') } } };
}

/** One for a parameter of the path, and one for each field of a query. */
function parametersOf({ in: place, name, schema }: RouteParameter): Parameter[] {
  if (place === 'body' || schema === undefined) return [];
  const described = jsonSchemaOf(schema, 'input');
  if (name !== undefined) return [{ name, in: place, required: place === 'path', schema: described }];
  const { properties = {}, required = [] } = described as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([field, property]) => ({
    name: field,
    in: place,
    required: required.includes(field),
    schema: property,
  }));
}

/**
 * OpenAPI 3.0, since that is what the documents of @nestjs/swagger are, to which hosts add ours. A schema that zod cannot
 * describe has its description in its metadata, as `json`.
 */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { definitions: _, ...described } = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const json = z.globalRegistry.get(zodSchema)?.json as JsonSchema | undefined;
      if (json === undefined) return;
      for (const name of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, name);
      Object.assign(jsonSchema, json);
    },
  });
  return described;
}
