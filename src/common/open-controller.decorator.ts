import { applyDecorators, Controller, UseFilters, VERSION_NEUTRAL } from '@nestjs/common';
import { InApiGroup } from './openapi/operation.decorator.js';
import { ProblemDetailsFilter } from './problem-details.filter.js';

/** A controller without a guard, such as the key set: it answers errors with problem details, by a filter of its own. */
export function OpenController(path: string, tag: string): ClassDecorator {
  return applyDecorators(
    // URI versioning of the host application would change the paths of these routes.
    Controller({ path, version: VERSION_NEUTRAL }),
    InApiGroup({ tag, isGuarded: false }),
    UseFilters(ProblemDetailsFilter),
  );
}
