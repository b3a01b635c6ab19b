import { type RequestBody } from '../../common/openapi/operation.decorator.js';

/** The body of a request with a file, for the OpenAPI document. */
export const userFileDocument: RequestBody = {
  description: 'The bytes of the file',
  required: true,
  content: { 'application/octet-stream': { type: 'string', format: 'binary' } },
};
