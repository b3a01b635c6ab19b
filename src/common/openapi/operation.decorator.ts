import { applyDecorators, SetMetadata } from '@nestjs/common';
import { type z } from 'zod';
import { type JsonSchema } from './openapi-types.js';

const OPERATION = 'nest-lti:operation';
const API_GROUP = 'nest-lti:api-group';

/** A body that a route reads by itself. */
export interface RequestBody {
  description?: string;
  required: boolean;
  /** Its schemas by their media types. */
  content: Readonly<Record<string, z.ZodType | JsonSchema>>;
}

/** The description of a route in the OpenAPI document, beside its method, path and parameters. */
export interface OperationOptions {
  /** One line. */
  summary: string;
  /** The body of the successful answer. Its status is the route's own (`@HttpCode`, else 201 for POST and 200). */
  response?: z.ZodType;
  /** About the successful answer, where the schema does not say enough. */
  responseDescription?: string;
  /** Default: `application/json`. */
  responseType?: string;
  /**
   * Instead of `response`, what a browser gets, by status: a page for 200, a redirect for 302 and 303. Empty where every answer is
   * an error.
   */
  pages?: Readonly<Record<number, string>>;
  /** Only for a query that the route reads by itself: `@ValidatedQuery` describes its own. */
  query?: z.ZodType;
  /** Only for a body that the route reads by itself: `@ValidatedBody` describes its own. */
  requestBody?: RequestBody;
  /** The request needs the token of a launch session. */
  needsLaunchSession?: boolean;
  /** The codes of problem details by their status, such as `{ 404: 'course_not_found' }`. */
  errors?: Readonly<Record<number, string>>;
}

/** The controller's place in the OpenAPI document. */
export interface ApiGroup {
  tag: string;
  /** Whether a request needs an API key, or the credentials of the embedder's guard. */
  isGuarded: boolean;
  /** Whether browsers get a page for an error; programs get problem details. */
  hasErrorPages?: boolean;
}

/**
 * Describes a route in the OpenAPI document. A route without it is not part of the document.
 *
 * @example
 * \@Get(':id')
 * \@Operation({ summary: 'One course', response: courseViewSchema, errors: { 404: 'course_not_found' } })
 */
export function Operation(options: OperationOptions): MethodDecorator {
  return SetMetadata(OPERATION, options);
}

/** Sets the controller's tag. `ApiController`, `OpenController` and `BrowserController` apply it. */
export function InApiGroup(group: ApiGroup): ClassDecorator {
  return applyDecorators(SetMetadata(API_GROUP, group), NotInHostDocument());
}

/**
 * Keeps a controller out of the document that the host makes by @nestjs/swagger, which knows neither our schemas nor that
 * browsers alone call some routes. This is the metadata of its `@ApiExcludeController()`, set without importing it.
 */
export function NotInHostDocument(): ClassDecorator {
  return SetMetadata('swagger/apiExcludeController', [true]);
}

export function operationOf(handler: object): OperationOptions | undefined {
  return Reflect.getMetadata(OPERATION, handler) as OperationOptions | undefined;
}

export function apiGroupOf(controller: object): ApiGroup | undefined {
  return Reflect.getMetadata(API_GROUP, controller) as ApiGroup | undefined;
}
