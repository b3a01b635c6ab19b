import { z } from 'zod';

const publicKey = z.looseObject({ kty: z.string(), kid: z.string().optional(), alg: z.string().optional() });

/** The parts of a key set (RFC 7517 5) that a platform checks. */
export const jwksSchema = z.looseObject({ keys: z.array(publicKey) });
