import { type INestApplicationContext } from '@nestjs/common';
import { Clock } from '../../src/common/clock.js';
import { UserApiClient } from '../../src/user-grants/api/user-api-client.js';
import { type PutUserGrantClient } from '../../src/user-grants/clients/user-grant-client.schema.js';
import { UserGrantClientService } from '../../src/user-grants/clients/user-grant-client.service.js';
import { GrantCipher } from '../../src/user-grants/grant-cipher.js';
import { type GrantKey } from '../../src/user-grants/user-grant.entity.js';
import { AuthorizationRequired } from '../../src/user-grants/user-grants.errors.js';
import { UserGrantsRepository } from '../../src/user-grants/user-grants.repository.js';

/** A grant that exists at the platform, and its client. */
export interface AdoptedGrant {
  key: GrantKey;
  client: Partial<PutUserGrantClient> & { clientId: string; clientSecret: string; apiUrl: string };
  accessToken: string;
  refreshToken: string;
  lifeSeconds: number;
}

export interface UserCalls {
  key: GrantKey;
  url: string;
}

/** Stores a grant in the tool without a browser. */
export async function adoptGrant(tool: INestApplicationContext, grant: AdoptedGrant): Promise<void> {
  const { key, client, accessToken, refreshToken, lifeSeconds } = grant;
  const get = tool.get.bind(tool);
  const { id } = await get(UserGrantClientService, { strict: false }).put(key.registrationId, client);
  const clock = get<Clock>(Clock, { strict: false });
  await get(UserGrantsRepository, { strict: false }).authorize({
    ...key,
    ...get(GrantCipher, { strict: false }).encrypt(key, accessToken, refreshToken),
    userGrantClientId: id,
    status: 'active',
    providerUserId: null,
    scopes: [],
    askedScopes: [],
    expiresAt: new Date(clock.nowMs() + lifeSeconds * 1000),
  });
}

/** One call of the API as the user: its status, or why the user has to authorize the tool. Rejects with other errors. */
export async function callAsUser(tool: INestApplicationContext, { key, url }: UserCalls): Promise<string> {
  try {
    return String((await tool.get(UserApiClient, { strict: false }).get(key, url)).status);
  } catch (error) {
    if (error instanceof AuthorizationRequired) return error.reason;
    throw error;
  }
}
