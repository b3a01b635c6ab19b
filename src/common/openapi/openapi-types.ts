// The parts of OpenAPI 3.0.3 that we write. A host adds them to the document of @nestjs/swagger, which is 3.0, too.

/** A JSON schema, as zod writes it for OpenAPI 3.0. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface MediaType {
  schema: JsonSchema;
  example?: unknown;
}

export type MediaTypes = Record<string, MediaType>;

export interface RequestBody {
  description?: string;
  required: boolean;
  content: MediaTypes;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query';
  description?: string;
  required: boolean;
  schema: JsonSchema;
}

export interface Response {
  description: string;
  headers?: Record<string, { description?: string; schema: JsonSchema }>;
  content?: MediaTypes;
}

/** One method of one path (OpenAPI 3.0.3, Operation Object). */
export interface OpenApiOperation {
  /** Unique, for the names of generated clients. */
  operationId: string;
  /** One line. */
  summary: string;
  /** The group of the route. */
  tags: string[];
  /** Parameters of the path and the query. */
  parameters: Parameter[];
  /** Absent if the route takes no body. */
  requestBody?: RequestBody;
  /** By status. */
  responses: Record<string, Response>;
  /** Names of security schemes, any of which is enough. */
  security?: Record<string, string[]>[];
}

/** The methods of one path. */
export type PathItem = Partial<Record<'get' | 'post' | 'put' | 'patch' | 'delete', OpenApiOperation>>;
