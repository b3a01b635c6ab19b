import { endReasonSchema } from './end-reason.js';
import { type UserGrant } from './user-grant.entity.js';
import { type ResolutionView, type UserGrantView } from './user-grant.schema.js';
import { type GrantResolution } from './user-grant.service.js';

export function viewUserGrant(grant: UserGrant): UserGrantView {
  return {
    id: grant.id,
    registrationId: grant.registrationId,
    userId: grant.userId,
    status: grant.status,
    reason: endReasonSchema.safeParse(grant.reason).data ?? null,
    providerUserId: grant.providerUserId,
    scopes: grant.scopes,
    expiresAt: grant.expiresAt?.toISOString() ?? null,
    authorizedAt: grant.authorizedAt.toISOString(),
    lastRefreshedAt: grant.lastRefreshedAt?.toISOString() ?? null,
    createdAt: grant.createdAt.toISOString(),
    updatedAt: grant.updatedAt.toISOString(),
  };
}

export function viewResolution(resolution: GrantResolution): ResolutionView {
  if (resolution.status !== 'authorizationRequired')
    return {
      status: resolution.status,
      grantId: resolution.grant.id,
      isVerified: resolution.grant.isVerified,
    };
  const { status, reason, authorizeUrl } = resolution;
  return { status, reason, ...(authorizeUrl !== undefined && { authorizeUrl }) };
}
