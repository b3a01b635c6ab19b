import { applyDecorators, Controller, UseFilters, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';
import { InApiGroup } from '../common/openapi/operation.decorator.js';
import { ProblemDetailsFilter } from '../common/problem-details.filter.js';
import { ApiAccessGuard } from './api-access.guard.js';

/** The first part of every path of the REST API. */
const API_PATH = 'api/v1';

/**
 * A controller of our REST API: guarded, and answering with problem details by its own means, none of them global.
 *
 * @param path below `/api/v1`
 */
export function ApiController(path: string, tag: string): ClassDecorator {
  return applyDecorators(
    // A host's URI versioning would move our routes.
    Controller({ path: `${API_PATH}/${path}`, version: VERSION_NEUTRAL }),
    InApiGroup({ tag, isGuarded: true }),
    UseGuards(ApiAccessGuard),
    UseFilters(ProblemDetailsFilter),
  );
}
