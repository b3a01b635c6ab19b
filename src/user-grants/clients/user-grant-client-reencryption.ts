import { type Client } from 'pg';
import { type KeyRing } from '../../common/encryption.js';
import { type Reencrypted, reencryptEach } from '../../common/reencryption.js';
import { clientEncryptionContext } from './user-grant-client.entity.js';

/** Encrypts the secrets of our clients with the first key of the ring, also those of deleted and replaced clients: they still revoke tokens. */
export async function reencryptUserGrantClients(client: Client, ring: KeyRing): Promise<Reencrypted> {
  const { rows } = await client.query<{ id: string; registration: string; encrypted: string }>(
    `SELECT id, registration_id AS registration, sealed_secret AS encrypted FROM nest_lti.user_grant_client ORDER BY 1`,
  );
  const values = rows.map(({ id, registration, encrypted }) => ({
    id,
    encrypted,
    context: clientEncryptionContext(registration),
  }));
  return reencryptEach(values, ring, async (id, before, after) => {
    const { rowCount } = await client.query(
      'UPDATE nest_lti.user_grant_client SET sealed_secret = $3 WHERE id = $1 AND sealed_secret = $2',
      [id, before, after],
    );
    return rowCount === 1;
  });
}
