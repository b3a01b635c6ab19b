import { z } from 'zod';
import { appendQuery } from '../../common/query.js';
import { textSchema as text } from '../../common/text.schema.js';
import { type UserApiRequest } from './user-api-client.js';

/** Which headers of a request the caller may set. */
const HEADERS = [
  'accept',
  'accept-language',
  'content-type',
  'if-match',
  'if-modified-since',
  'if-none-match',
];
/** Methods whose requests have a body, or may have one. */
const BODILESS = ['GET'];

const path = text(2048).refine(
  (value) => !value.includes('#'),
  "must be a path at the platform's API, such as /api/v1/courses, without a fragment",
);
const scalar = z.union([z.string().max(4096), z.number(), z.boolean()]);

/** Body of POST /api/v1/user-grants/:id/requests. */
export const userApiRequestSchema = z
  .strictObject({
    method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
    /** At the platform's API host; the URL of a `Link` header of an answer is taken too. */
    path,
    /** Added to the path. A list gives the name several times. */
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
  })
  .refine(({ method, body }) => body === undefined || !BODILESS.includes(method), {
    path: ['body'],
    message: 'is not sent with GET',
  })
  .refine(({ headers, body }) => typeof body !== 'string' || namesType(headers), {
    path: ['headers', 'content-type'],
    message: 'is needed where the body is text',
  });
export type UserApiRequestBody = z.output<typeof userApiRequestSchema>;

function namesType(headers: Record<string, string> = {}): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
}

/** Query of POST /api/v1/user-grants/:id/files. Every other parameter goes to the platform, such as `parent_folder_path`. */
export const userFileQuerySchema = z
  .object({
    /** Where the platform's API takes files, such as /api/v1/users/self/files. */
    path,
    name: text(255),
    /** Default: the platform guesses by the name. */
    contentType: z
      .string()
      .max(255)
      .regex(/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?: *;[\x20-\x7E]*)?$/, 'must be a media type, such as image/png')
      .optional(),
  })
  .catchall(z.string().max(2048));
export type UserFileQuery = z.output<typeof userFileQuerySchema>;

export function userApiRequestOf({
  path: location,
  query = {},
  ...request
}: UserApiRequestBody): UserApiRequest {
  const parameters = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, String(one)]),
  );
  return { ...request, url: parameters.length === 0 ? location : appendQuery(location, parameters) };
}
