import { applyDecorators, Controller, UseFilters, UseGuards, UsePipes } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { ProblemDetailsFilter } from '../common/problem-details.filter.js';
import { requestValidation } from '../common/request-validation.pipe.js';
import { ApiAccessGuard } from './api-access.guard.js';

/** A controller of our REST API: guarded, checked and answering with problem details by its own means, none of them global. */
export function ApiController(path: string, tag: string): ClassDecorator {
  return applyDecorators(
    Controller(path),
    ApiTags(tag),
    ApiBearerAuth(),
    UseGuards(ApiAccessGuard),
    UsePipes(requestValidation),
    UseFilters(ProblemDetailsFilter),
  );
}
