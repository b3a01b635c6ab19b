import { z } from 'zod';
import { jwksSchema } from './jwks.schema.js';
import { allScopes } from './service-constants.js';
import { type ToolKeySet } from './tool-key-set.js';

/** A tool as an administrator would enter it: with a key set's address, or with the key set itself. */
export const simulatedToolSchema = z
  .strictObject({
    clientId: z.string().min(1),
    deploymentIds: z.array(z.string().min(1)).min(1).default(['1']),
    jwksUrl: z.url({ protocol: /^https?$/ }).optional(),
    jwks: jwksSchema.optional(),
    /** What the tool may ask for. */
    scopes: z.array(z.string().min(1)).default([...allScopes]),
  })
  .refine((tool) => (tool.jwksUrl === undefined) !== (tool.jwks === undefined), {
    error: 'Give jwksUrl or jwks, and not both.',
  });

export type SimulatedToolInput = z.input<typeof simulatedToolSchema>;

export interface SimulatedTool {
  readonly clientId: string;
  readonly deploymentIds: readonly string[];
  readonly scopes: readonly string[];
  readonly keys: ToolKeySet;
}
