import { z } from 'zod';
import { textSchema as text } from '../common/text.schema.js';

/** Which headers of a request the caller may set. */
const HEADERS = [
  'accept',
  'accept-language',
  'content-type',
  'if-match',
  'if-modified-since',
  'if-none-match',
];
/** Methods whose requests have no body. */
const BODILESS = ['GET'];

const scalar = z.union([z.string().max(4096), z.number(), z.boolean()]);

/** The fields of a request that a caller of the REST API has nest-lti send to a platform. */
export const passedRequestFields = {
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  /** Added to the URL. A list gives the name several times. */
  query: z.record(text(255), z.union([scalar, z.array(scalar).max(1000)])).optional(),
  headers: z
    .record(
      z
        .string()
        .refine((name) => HEADERS.includes(name.toLowerCase()), `must be one of ${HEADERS.join(', ')}`),
      z
        .string()
        .max(1024)
        .regex(/^[\x20-\x7E]*$/, 'must be printable ASCII'),
    )
    .optional(),
  /** An object or a list is sent as JSON; text as it is, with the `content-type` of `headers`. */
  body: z.union([z.string(), z.record(z.string(), z.unknown()), z.array(z.unknown())]).optional(),
};

/** The rules between the fields. */
export function checkPassedBody(
  {
    method,
    body,
    headers = {},
  }: { method: string; body?: unknown; headers?: Record<string, string> | undefined },
  context: z.core.$RefinementCtx,
): void {
  if (body !== undefined && BODILESS.includes(method))
    context.addIssue({ code: 'custom', path: ['body'], message: 'is not sent with GET' });
  const namesType = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  if (typeof body === 'string' && !namesType) {
    const message = 'is needed where the body is text';
    context.addIssue({ code: 'custom', path: ['headers', 'content-type'], message });
  }
}

/** The query of a request as names and values, in order. */
export function queryPairs(query: Readonly<Record<string, unknown>> = {}): [string, string][] {
  return Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, String(one)]),
  );
}
