import { type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { type z } from 'zod';
import { fieldFault } from './field-fault.js';
import { InvalidRequest, type RequestFault } from './reactions.errors.js';
import { stripPrototypeKeys } from './strip-prototype-keys.js';

const MAX_FAULTS = 20;
/** The longest quoted name of an unknown field, because the client chose it. */
const MAX_NAME = 100;

/** Validates one parameter of a route. It is set on the parameter itself, so that it works in any host and Nest version. */
export class RequestValidationPipe implements PipeTransform {
  constructor(readonly schema: z.ZodType) {}

  /** @throws InvalidRequest with every fault by its field */
  transform(value: unknown, { data }: ArgumentMetadata): unknown {
    stripPrototypeKeys(value);
    const result = this.schema.safeParse(value, { error: fieldFault });
    if (result.success) return result.data;
    const argument = data === undefined ? [] : [data];
    throw InvalidRequest.of(
      result.error.issues.flatMap((issue) => faultsOf(issue, argument)).slice(0, MAX_FAULTS),
    );
  }
}

/** @param argument the name of a path parameter */
function faultsOf(issue: z.core.$ZodIssue, argument: readonly string[]): RequestFault[] {
  const field = [...argument, ...issue.path].map(String);
  if (issue.code !== 'unrecognized_keys') return [{ field: field.join('.'), message: issue.message }];
  // zod reports all unknown keys in one issue, at the object that has them.
  return issue.keys.map((key) => ({
    field: [...field, key.slice(0, MAX_NAME)].join('.'),
    message: 'is not known here',
  }));
}
