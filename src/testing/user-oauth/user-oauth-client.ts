import { z } from 'zod';

const webUrl = z.url({ protocol: /^https?$/ });

/** A client of the users' own API as an administrator would enter it: Canvas calls it a developer key. */
export const userOAuthClientSchema = z
  .strictObject({
    clientId: z.string().min(1),
    clientSecret: z.string().min(1),
    /** Where codes may be sent, each compared exactly. */
    redirectUris: z.array(webUrl).min(1),
    /** What may be asked for. Where not given scopes are not enforced, neither at the authorization nor by the API. */
    scopes: z.array(z.string().min(1)).optional(),
    style: z.enum(['canvas', 'rotating']).default('canvas'),
    /** How the client authenticates; in the body for Canvas, by Basic for the other style where not given. */
    clientAuth: z.enum(['body', 'basic']).optional(),
    tokenLifeSeconds: z.number().positive().default(3600),
    /** The error of a dead refresh token; `invalid_request` for Canvas, as its source has it, `invalid_grant` for the other style. */
    refusedRefresh: z.enum(['invalid_grant', 'invalid_request']).optional(),
    /** Whether a refresh token that comes a second time ends the whole grant (RFC 9700 4.14.2). */
    revokesOnReuse: z.boolean().default(false),
  })
  .transform((client) => ({
    ...client,
    clientAuth: client.clientAuth ?? (client.style === 'canvas' ? ('body' as const) : ('basic' as const)),
    refusedRefresh:
      client.refusedRefresh ??
      (client.style === 'canvas' ? ('invalid_request' as const) : ('invalid_grant' as const)),
  }));

export type SimulatedUserOAuthClientInput = z.input<typeof userOAuthClientSchema>;
export type SimulatedUserOAuthClient = Readonly<z.output<typeof userOAuthClientSchema>>;
