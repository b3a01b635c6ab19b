import { CUSTOM_ROUTE_ARGS_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { type z } from 'zod';
import { RequestValidationPipe } from '../request-validation.pipe.js';

/** The input of a route by `@ValidatedBody`, `@Query` or `@Param`. */
export interface RouteParameter {
  in: 'body' | 'query' | 'path';
  /** Where it is one field of its place. */
  name?: string;
  /** Missing where nothing validates it. */
  schema?: z.ZodType;
}

/** Nest's RouteParamtypes, which it does not export. */
const PLACES: Readonly<Record<string, RouteParameter['in']>> = { 3: 'body', 4: 'query', 5: 'path' };

interface RouteArgument {
  index: number;
  data?: unknown;
  pipes?: readonly unknown[];
}

/** The parameters of a controller's method, in the order in which it declares them. */
export function routeParametersOf(controller: object, method: string): RouteParameter[] {
  const declared = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, method) as
    | Readonly<Record<string, RouteArgument>>
    | undefined;
  return Object.entries(declared ?? {})
    .sort(([, one], [, other]) => one.index - other.index)
    .flatMap(([key, { data, pipes = [] }]) => {
      // The key is `type:index`.
      const [type = ''] = key.split(':');
      const pipe = pipes.find((one) => one instanceof RequestValidationPipe);
      // `@ValidatedBody` is the only parameter decorator of ours that is not Nest's and has the pipe.
      const isOurs = type.endsWith(CUSTOM_ROUTE_ARGS_METADATA) && pipe !== undefined;
      const place = isOurs ? 'body' : PLACES[type];
      if (place === undefined) return [];
      return [
        {
          in: place,
          ...(typeof data === 'string' && { name: data }),
          ...(pipe !== undefined && { schema: pipe.schema }),
        },
      ];
    });
}
