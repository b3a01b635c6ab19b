import { type INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { VERSION } from 'nest-lti/internal';

type PathItem = OpenAPIObject['paths'][string];
type Operation = NonNullable<PathItem['get']>;
type SchemaObject = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** RFC 9457, with our `code`; see ProblemDetails. */
const problemSchema: SchemaObject = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string', description: 'urn:nest-lti:problem: and the code' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What happened, and what to do about it' },
    code: { type: 'string', description: 'Stable, for programs' },
  },
  additionalProperties: true,
};
const problemContent = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };

/** The description of the REST API: what the controllers say of themselves, and what is true of all of them. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('nest-lti')
    .setDescription(
      'LTI Advantage as a service: registrations, launches, access tokens, courses, their syncs and grades.',
    )
    .setVersion(VERSION)
    .addBearerAuth({ type: 'http', bearerFormat: 'API key', description: 'An API key' })
    .build();
  const document = SwaggerModule.createDocument(app, config);
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: problemSchema },
  };
  for (const path of Object.values(document.paths)) {
    for (const method of methods) describeErrors(path[method], method);
  }
  return document;
}

function describeErrors(operation: Operation | undefined, method: (typeof methods)[number]): void {
  if (operation === undefined) return;
  const { responses } = operation;
  if (operation.security !== undefined) {
    responses['401'] ??= { description: 'api_key_required or api_key_rejected' };
    if (method !== 'get') responses['403'] ??= { description: 'api_key_read_only' };
    if (operation.requestBody !== undefined || (operation.parameters ?? []).length > 0) {
      responses['400'] ??= { description: 'invalid_request, with `errors` by field' };
    }
  }
  for (const [status, response] of Object.entries(responses)) {
    if (response !== undefined && Number(status) >= 400) Object.assign(response, { content: problemContent });
  }
}
