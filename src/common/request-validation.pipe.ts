import { StandardSchemaValidationPipe } from '@nestjs/common';
import { InvalidRequest } from './request.errors.js';

const MAX_FAULTS = 20;

/** Checks what `@Body`, `@Query` and `@Param` declare by `schema`. Set on our controllers: a host's pipes stay its own. */
export const requestValidation = new StandardSchemaValidationPipe({
  exceptionFactory: (issues) =>
    new InvalidRequest(
      issues.slice(0, MAX_FAULTS).map(({ path, message }) => ({
        field: (path ?? [])
          .map((segment) => String(typeof segment === 'object' ? segment.key : segment))
          .join('.'),
        message,
      })),
    ),
});
