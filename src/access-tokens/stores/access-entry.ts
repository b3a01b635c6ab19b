import { z } from 'zod';
import { type AccessToken } from '../access-token.js';
import { type RenewalFailure } from './token-store.js';

const MAX_DATE_MS = 8.64e15;

const date = z
  .int()
  .min(-MAX_DATE_MS)
  .max(MAX_DATE_MS)
  .transform((ms) => new Date(ms));

/** What is stored of a token beside its sealed value. Dates in milliseconds since 1970. */
const tokenFactsSchema = z.object({
  scopes: z.array(z.string()),
  issuedAt: date,
  expiresAt: date,
  repeated: z.boolean(),
  forcedAt: date.optional(),
});

export type TokenFacts = z.output<typeof tokenFactsSchema>;

const failureSchema = z.object({
  kind: z.enum(['refused', 'scope', 'failed']),
  message: z.string(),
  platformError: z.string().optional(),
  retryAt: date,
  attempts: z.int(),
});

export function writeTokenFacts({ scopes, issuedAt, expiresAt, repeated, forcedAt }: AccessToken): string {
  const [issued, expires] = [issuedAt.getTime(), expiresAt.getTime()];
  const facts: z.input<typeof tokenFactsSchema> = {
    scopes: [...scopes],
    issuedAt: issued,
    expiresAt: expires,
    repeated,
    forcedAt: forcedAt?.getTime(),
  };
  return JSON.stringify(facts);
}

export function writeFailure({ kind, message, platformError, retryAt, attempts }: RenewalFailure): string {
  const failure: z.input<typeof failureSchema> = {
    kind,
    message,
    platformError,
    retryAt: retryAt.getTime(),
    attempts,
  };
  return JSON.stringify(failure);
}

/** Undefined when it has not the shape that we write: other hands were there. */
export function readTokenFacts(json: string): TokenFacts | undefined {
  return read(tokenFactsSchema, json);
}

/** Undefined when it has not the shape that we write. */
export function readFailure(json: string): RenewalFailure | undefined {
  return read(failureSchema, json);
}

function read<T>(schema: z.ZodType<T>, json: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}
