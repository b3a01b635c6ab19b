import { z } from 'zod';

const webUrl = z.url({ protocol: /^https?$/ });

/** A client of the users' own API as an administrator enters it: a developer key of Canvas. */
export const userOAuthClientSchema = z
  .strictObject({
    clientId: z.string().min(1),
    clientSecret: z.string().min(1),
    /** The addresses for codes, each compared exactly. */
    redirectUris: z.array(webUrl).min(1),
    /** The allowed scopes. Without this list neither the authorization nor the API checks scopes. */
    scopes: z.array(z.string().min(1)).optional(),
    style: z.enum(['canvas', 'rotating']).default('canvas'),
    /** How the client authenticates. By default in the body for Canvas, by Basic for the other style. */
    clientAuth: z.enum(['body', 'basic']).optional(),
    tokenLifeSeconds: z.number().positive().default(3600),
    /** The error for an invalid refresh token. By default `invalid_request` for Canvas (from its source), else `invalid_grant`. */
    refusedRefresh: z.enum(['invalid_grant', 'invalid_request']).optional(),
    /** Whether the second use of a refresh token ends the whole grant (RFC 9700 4.14.2). */
    revokesOnReuse: z.boolean().default(false),
  })
  .transform((client) => ({
    ...client,
    clientAuth: client.clientAuth ?? (client.style === 'canvas' ? ('body' as const) : ('basic' as const)),
    refusedRefresh:
      client.refusedRefresh ??
      (client.style === 'canvas' ? ('invalid_request' as const) : ('invalid_grant' as const)),
  }));

/** A client for `lms.addUserOAuthClient`: its id, secret and redirect URIs. */
export type SimulatedUserOAuthClientInput = z.input<typeof userOAuthClientSchema>;
/** A client of the users' own API, with the defaults of its style. */
export type SimulatedUserOAuthClient = Readonly<z.output<typeof userOAuthClientSchema>>;
