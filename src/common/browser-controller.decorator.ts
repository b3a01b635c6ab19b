import { applyDecorators, Controller, VERSION_NEUTRAL } from '@nestjs/common';
import { InApiGroup } from './openapi/operation.decorator.js';

/** A controller without a guard, for browsers: its own filter answers errors with a page, or with problem details for programs. */
export function BrowserController(tag: string): ClassDecorator {
  return applyDecorators(
    // URI versioning of the host application would change the paths of these routes.
    Controller({ version: VERSION_NEUTRAL }),
    InApiGroup({ tag, isGuarded: false, hasErrorPages: true }),
  );
}
