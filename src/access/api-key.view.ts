import { type ApiKeyInfo } from './api-key.entity.js';
import { type ApiKeyView } from './api-key.schema.js';

export function viewApiKey(key: ApiKeyInfo): ApiKeyView {
  return {
    id: key.id,
    name: key.name,
    scope: key.scope,
    createdAt: key.createdAt.toISOString(),
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
    revokedAt: key.revokedAt?.toISOString() ?? null,
  };
}
