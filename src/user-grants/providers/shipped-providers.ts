import { z } from 'zod';
import { type UserGrantProvider, userGrantProviderSchema } from './user-grant-provider.schema.js';

export const shippedProviderNameSchema = z.enum(['canvas', 'brightspace', 'blackboard']);
/** A product whose OAuth 2.0 server nest-lti knows. */
export type ShippedProviderName = z.output<typeof shippedProviderNameSchema>;

/** Paths are at the platform's API host, which the client names. */
export const shippedProviders: Readonly<Record<ShippedProviderName, UserGrantProvider>> = {
  canvas: userGrantProviderSchema.parse({
    authorizeUrl: '/login/oauth2/auth',
    tokenUrl: '/login/oauth2/token',
    revocation: {
      method: 'DELETE',
      url: '/login/oauth2/token',
      by: 'bearer',
      expireSessions: { expire_sessions: '1' },
    },
    // Otherwise every consent leaves one more token in the user's profile.
    exchangeParameters: { replace_tokens: '1' },
    refreshKillsAccessToken: true,
    endings: [
      { status: 400, error: 'invalid_grant' },
      { status: 400, error: 'invalid_request', description: 'refresh_token not found' },
    ],
    deadTokenHeader: 'www-authenticate',
    userIdPath: ['user', 'id'],
    realUserPath: ['real_user'],
    userIdParameter: 'canvas_user_id',
  }),
  brightspace: userGrantProviderSchema.parse({
    authorizeUrl: 'https://auth.brightspace.com/oauth2/auth',
    tokenUrl: 'https://auth.brightspace.com/core/connect/token',
    clientAuthentication: 'basic',
    rotatesRefreshTokens: true,
    insufficientScopeText: 'Insufficient scope to call',
  }),
  blackboard: userGrantProviderSchema.parse({
    authorizeUrl: '/learn/api/public/v1/oauth2/authorizationcode',
    tokenUrl: '/learn/api/public/v1/oauth2/token',
    clientAuthentication: 'basic',
    scopes: ['read', 'offline'],
    userIdPath: ['user_id'],
    userIdParameter: 'blackboard_user_id',
  }),
};
