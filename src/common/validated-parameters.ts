import { Body, Param, Query } from '@nestjs/common';
import { type z } from 'zod';
import { RequestValidationPipe } from './request-validation.pipe.js';

// Nest 12 has `@Body({ schema })`. Nest 11 ignores the schema there, without an error: nothing would be validated.

/**
 * The body of the request, validated. The schema also describes it in the OpenAPI document.
 *
 * @example create(@ValidatedBody(createCourseSchema) body: CreateCourse)
 */
export function ValidatedBody(schema: z.ZodType): ParameterDecorator {
  return Body(new RequestValidationPipe(schema));
}

/** The whole query, validated by the schema of an object. */
export function ValidatedQuery(schema: z.ZodType): ParameterDecorator {
  return Query(new RequestValidationPipe(schema));
}

/** One parameter of the path, validated. `name` is what the path calls it: `id` for `:id`. */
export function ValidatedParam(name: string, schema: z.ZodType): ParameterDecorator {
  return Param(name, new RequestValidationPipe(schema));
}
