import { createParamDecorator, type ExecutionContext, Param, Query } from '@nestjs/common';
import { type z } from 'zod';
import { checkMediaType, hasBody, type HttpRequest, messageOf } from './http-request.js';
import { RequestValidationPipe } from './request-validation.pipe.js';

const JSON_TYPE = 'application/json';

// Nest 12 has `@Body({ schema })`. Nest 11 ignores the schema there, without an error: nothing would be validated.

/** Replaces Nest's `@Body`, which also returns bodies of other types, such as the fields of a form. */
const JsonBody = createParamDecorator((_: unknown, context: ExecutionContext): unknown => {
  const request = context.switchToHttp().getRequest<HttpRequest>();
  const message = messageOf(request);
  if (hasBody(message)) checkMediaType(message, [JSON_TYPE]);
  return request.body;
});

/**
 * The JSON body of the request, validated. The schema also describes it in the OpenAPI document. A body of another type is
 * answered with 415 after the guards.
 *
 * @example create(@ValidatedBody(createCourseSchema) body: CreateCourse)
 */
export function ValidatedBody(schema: z.ZodType): ParameterDecorator {
  return JsonBody(new RequestValidationPipe(schema));
}

/** The whole query, validated by the schema of an object. */
export function ValidatedQuery(schema: z.ZodType): ParameterDecorator {
  return Query(new RequestValidationPipe(schema));
}

/** One validated path parameter. `name` is its name in the path: `id` for `:id`. */
export function ValidatedParam(name: string, schema: z.ZodType): ParameterDecorator {
  return Param(name, new RequestValidationPipe(schema));
}
