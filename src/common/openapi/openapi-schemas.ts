import { z } from 'zod';
import { exampleOf } from './examples.js';
import { type JsonSchema, type MediaType } from './openapi-types.js';

/** What the document says of a schema beside what zod knows. */
export interface SchemaNote {
  /** Its name in `components.schemas`. */
  id?: string | undefined;
  description?: string | undefined;
  /** Where an example that is made from the schema would break a rule that the schema does not show. */
  example?: unknown;
  /** Its description, where zod cannot derive one. */
  json?: JsonSchema | undefined;
}
/** A registry of our own: zod's global one belongs to the host, whose names may be the same. */
export type SchemaNotes = z.core.$ZodRegistry<SchemaNote>;

const DEFINITIONS = '#/definitions/';

/** The schemas of an OpenAPI document: those with a name stand once, in `components`, and are referred to. */
export class OpenApiSchemas {
  readonly components: Record<string, JsonSchema> = {};

  /** @param prefix of each name, so that it differs from the host's own */
  constructor(
    private readonly notes: SchemaNotes,
    private readonly prefix: string,
  ) {}

  nameOf(id: string): string {
    return this.prefix + id;
  }

  /** Adds a schema that is written by hand. @returns the reference to it */
  add(id: string, schema: JsonSchema): JsonSchema {
    this.components[this.nameOf(id)] = schema;
    return { $ref: `#/components/schemas/${this.nameOf(id)}` };
  }

  /** OpenAPI 3.0, since that is what the documents of @nestjs/swagger are, to which hosts add ours. */
  describe(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const { definitions = {}, ...described } = z.toJSONSchema(schema, {
      target: 'openapi-3.0',
      io,
      metadata: this.notes,
      unrepresentable: 'any',
      override: ({ zodSchema, jsonSchema }) => {
        const json = this.notes.get(zodSchema)?.json;
        if (json === undefined) return;
        for (const name of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, name);
        Object.assign(jsonSchema, json);
      },
    });
    for (const [id, { id: _, ...definition }] of Object.entries(definitions as Record<string, JsonSchema>)) {
      // zod's own names of schemas that `json` has replaced.
      if (id.startsWith('__schema')) continue;
      const known = this.components[this.nameOf(id)];
      const found = this.referring(definition);
      if (known !== undefined && JSON.stringify(known) !== JSON.stringify(found))
        throw new Error(`Two schemas of the OpenAPI document are named ${id}, or one has two forms.`);
      this.add(id, found);
    }
    return this.referring(described);
  }

  /** The schema that a reference names, or the schema itself. */
  resolved(schema: JsonSchema): JsonSchema {
    const { $ref } = schema as { $ref?: string };
    return this.components[$ref?.slice($ref.lastIndexOf('/') + 1) ?? ''] ?? schema;
  }

  /** A body of this schema, with an example. */
  body(schema: z.ZodType | JsonSchema, io: 'input' | 'output'): MediaType {
    const described = schema instanceof z.ZodType ? this.describe(schema, io) : schema;
    return { schema: described, example: exampleOf(described, this.components) };
  }

  private referring(schema: JsonSchema): JsonSchema {
    const text = JSON.stringify(schema).replaceAll(
      `"$ref":"${DEFINITIONS}`,
      `"$ref":"#/components/schemas/${this.prefix}`,
    );
    return JSON.parse(text) as JsonSchema;
  }
}
