import { z } from 'zod';
import { problemOf } from '../../test/support/problem-of.js';
import { parseInput } from './parse-input.js';
import { RequestValidationPipe } from './request-validation.pipe.js';

const schema = z.strictObject({
  name: z.string(),
  url: z.url({ error: 'must be a URL' }),
  members: z.array(z.string()).optional(),
  headers: z.record(z.string().regex(/^x-/, 'must begin with x-'), z.string()).optional(),
});

const faultsOf = (validate: (input: unknown) => unknown, input: unknown) =>
  problemOf(() => validate(input)).errors;

describe('the fault of a field', () => {
  it.each([
    ['in a call', (input: unknown) => parseInput(schema, input as z.input<typeof schema>)],
    [
      'in a request',
      (input: unknown) => new RequestValidationPipe(schema).transform(input, { type: 'body' }),
    ],
  ])('%s says that it is missing, unless its schema says more, and the rule of a name', (_, validate) => {
    expect(faultsOf(validate, {})).toEqual([
      { field: 'name', message: 'is missing' },
      { field: 'url', message: 'must be a URL' },
    ]);
    expect(faultsOf(validate, { name: 7, url: 'https://lms.example.edu' })).toEqual([
      { field: 'name', message: 'Invalid input: expected string, received number' },
    ]);
    expect(faultsOf(validate, undefined)).toEqual([{ field: '', message: 'is missing' }]);
    expect(faultsOf(validate, { name: 'a', url: 'https://lms.example.edu', headers: { host: 'b' } })).toEqual(
      [{ field: 'headers.host', message: 'must begin with x-' }],
    );
  });
});
