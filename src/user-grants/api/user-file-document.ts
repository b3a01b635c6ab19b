import { type RequestBody } from '../../common/openapi/openapi-types.js';

/** The body of a request with a file, for the OpenAPI document. */
export const userFileDocument: RequestBody = {
  description: 'The bytes of the file',
  required: true,
  content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
};
