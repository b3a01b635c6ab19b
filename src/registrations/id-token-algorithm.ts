import { z } from 'zod';

/** The signature algorithms of platforms (SEC 6.1, RFC 7518 3.1): never `none`, and no symmetric one. */
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

/** A signature algorithm for id_tokens (SEC 6.1, RFC 7518 3.1): RSA, RSA-PSS or ECDSA. */
export type IdTokenAlgorithm = z.infer<typeof idTokenAlgorithmSchema>;
