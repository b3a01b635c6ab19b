import { type z } from 'zod';
import { fieldFault } from './field-fault.js';
import { InvalidRequest } from './reactions.errors.js';

/** @throws InvalidRequest with every fault by its field */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  input: z.input<Schema>,
): z.output<Schema> {
  const result = schema.safeParse(input, { error: fieldFault });
  if (result.success) return result.data;
  throw InvalidRequest.of(
    result.error.issues.map(({ path, message }) => ({ field: path.map(String).join('.'), message })),
  );
}
