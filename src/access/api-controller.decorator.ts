import { applyDecorators, Controller, UseFilters, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';
import { InApiGroup } from '../common/openapi/operation.decorator.js';
import { ProblemDetailsFilter } from '../common/problem-details.filter.js';
import { ApiAccessGuard } from './api-access.guard.js';

/** The first part of every path of the REST API. */
const API_PATH = 'api/v1';

/**
 * A controller of the REST API. Its guard and its problem details filter are its own; none is global.
 *
 * @param path below `/api/v1`
 */
export function ApiController(path: string, tag: string): ClassDecorator {
  return applyDecorators(
    // URI versioning of the host application would change the paths of these routes.
    Controller({ path: `${API_PATH}/${path}`, version: VERSION_NEUTRAL }),
    InApiGroup({ tag, isGuarded: true }),
    UseGuards(ApiAccessGuard),
    UseFilters(ProblemDetailsFilter),
  );
}
