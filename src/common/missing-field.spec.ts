import { z } from 'zod';
import { problemOf } from '../../test/support/problem-of.js';
import { parseInput } from './parse-input.js';
import { RequestValidationPipe } from './request-validation.pipe.js';

const schema = z.strictObject({
  name: z.string(),
  url: z.url({ error: 'must be a URL' }),
  members: z.array(z.string()).optional(),
});

const faultsOf = (validate: (input: unknown) => unknown, input: unknown) =>
  problemOf(() => validate(input)).errors;

describe('a field that is missing', () => {
  it.each([
    ['in a call', (input: unknown) => parseInput(schema, input as z.input<typeof schema>)],
    [
      'in a request',
      (input: unknown) => new RequestValidationPipe(schema).transform(input, { type: 'body' }),
    ],
  ])('%s is named as missing, unless its schema says more; a wrong one is not', (_, validate) => {
    expect(faultsOf(validate, {})).toEqual([
      { field: 'name', message: 'is missing' },
      { field: 'url', message: 'must be a URL' },
    ]);
    expect(faultsOf(validate, { name: 7, url: 'https://lms.example.edu' })).toEqual([
      { field: 'name', message: 'Invalid input: expected string, received number' },
    ]);
    expect(faultsOf(validate, undefined)).toEqual([{ field: '', message: 'is missing' }]);
  });
});
