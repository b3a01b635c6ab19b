import { z } from 'zod';

// For the OpenAPI document. The controller reads the parameters one by one, with errors of their own for browsers.

/** The query of the page that starts an authorization. */
export const authorizeQuerySchema = z.looseObject({
  /** A link that the tool got from `authorize` or `resolve`. */
  link: z.string(),
  /** The service adds it: whether the browser keeps its cookie is then known. */
  cookie: z.literal('1').optional(),
});

/** The platform's answer to an authorization request (RFC 6749 4.1.2). */
export const consentAnswerSchema = z.looseObject({
  state: z.string(),
  code: z.string().optional(),
  error: z.string().optional(),
  error_description: z.string().optional(),
});
