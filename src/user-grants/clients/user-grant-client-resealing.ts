import { type Client } from 'pg';
import { type KeyRing } from '../../common/encryption.js';
import { type Resealed, resealEach } from '../../common/resealing.js';
import { clientSealContext } from './user-grant-client.entity.js';

/** Seals the secrets of our clients with the first key of the ring: also of those that were deleted or replaced, which still revoke. */
export async function resealUserGrantClients(client: Client, ring: KeyRing): Promise<Resealed> {
  const { rows } = await client.query<{ id: string; registration: string; sealed: string }>(
    `SELECT id, registration_id AS registration, sealed_secret AS sealed FROM nest_lti.user_grant_client ORDER BY 1`,
  );
  const values = rows.map(({ id, registration, sealed }) => ({
    id,
    sealed,
    context: clientSealContext(registration),
  }));
  return resealEach(values, ring, async (id, before, after) => {
    const { rowCount } = await client.query(
      'UPDATE nest_lti.user_grant_client SET sealed_secret = $3 WHERE id = $1 AND sealed_secret = $2',
      [id, before, after],
    );
    return rowCount === 1;
  });
}
