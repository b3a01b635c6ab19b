import { z } from 'zod';

const publicKey = z.looseObject({ kty: z.string(), kid: z.string().optional(), alg: z.string().optional() });

/** A key set as RFC 7517 5 has it, as far as a platform looks at it. */
export const jwksSchema = z.looseObject({ keys: z.array(publicKey) });
