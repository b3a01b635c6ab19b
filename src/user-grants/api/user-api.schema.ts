import { z } from 'zod';
import { appendQuery } from '../../common/query.js';
import { textSchema as text } from '../../common/text.schema.js';
import {
  checkPassedBody,
  passedRequestFields,
  queryPairs,
} from '../../platform-http/passed-request.schema.js';
import { type UserApiRequest } from './user-api-client.js';

const path = text(2048).refine(
  (value) => !value.includes('#'),
  "must be a path at the platform's API, such as /api/v1/courses, without a fragment",
);
/** Body of POST /api/v1/user-grants/:id/requests. */
export const userApiRequestSchema = z
  .strictObject({
    ...passedRequestFields,
    /** At the platform's API host; the URL of a `Link` header of an answer is taken too. */
    path,
  })
  .superRefine(checkPassedBody);
export type UserApiRequestBody = z.output<typeof userApiRequestSchema>;

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

export function userApiRequestOf({ path: location, query, ...request }: UserApiRequestBody): UserApiRequest {
  const parameters = queryPairs(query);
  return { ...request, url: parameters.length === 0 ? location : appendQuery(location, parameters) };
}
