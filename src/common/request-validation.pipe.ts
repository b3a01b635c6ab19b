import { type ArgumentMetadata, Injectable, StandardSchemaValidationPipe } from '@nestjs/common';
import { InvalidRequest, type RequestFault } from './request.errors.js';

/** A Standard Schema issue, with what zod adds. */
interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  readonly code?: string;
  readonly keys?: readonly string[];
}

const MAX_FAULTS = 20;
/** What is not a field of ours was named by the client. */
const MAX_NAME = 100;

@Injectable()
class RequestValidationPipe extends StandardSchemaValidationPipe {
  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    const { schema, data } = metadata;
    if (schema === undefined) return value;
    this.stripProtoKeys(value);
    const result = await this.validate<T>(value, schema);
    if (result.issues === undefined) return result.value;
    const argument = data === undefined ? [] : [data];
    throw new InvalidRequest(
      result.issues.flatMap((issue) => faultsOf(issue, argument)).slice(0, MAX_FAULTS),
    );
  }
}

/** Checks what `@Body`, `@Query` and `@Param` declare by `schema`. Set on our controllers: a host's pipes stay its own. */
export const requestValidation = new RequestValidationPipe();

/** @param argument the parameter's own name, where it is one of the path */
function faultsOf({ path = [], message, code, keys }: Issue, argument: readonly string[]): RequestFault[] {
  const names = path.map((segment) => (typeof segment === 'object' ? segment.key : segment));
  const field = [...argument, ...names].map(String);
  // zod tells of all unknown keys in one issue, at the object that has them.
  if (code !== 'unrecognized_keys' || keys === undefined) return [{ field: field.join('.'), message }];
  return keys.map((key) => ({
    field: [...field, key.slice(0, MAX_NAME)].join('.'),
    message: 'is not known here',
  }));
}
