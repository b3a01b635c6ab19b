import { z } from 'zod';

/** What a platform may sign with (SEC 6.1 and RFC 7518 3.1): never `none`, and nothing symmetric. */
export const idTokenAlgorithmSchema = z.enum([
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
]);

export type IdTokenAlgorithm = z.infer<typeof idTokenAlgorithmSchema>;
