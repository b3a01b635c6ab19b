import { type Client } from 'pg';
import { type KeyRing } from '../common/encryption.js';
import { type Reencrypted, reencryptEach } from '../common/reencryption.js';
import { encryptionContextOf } from './tool-key.entity.js';

/** Encrypts the private parts of all our signing keys, retired ones too, with the first key of the ring. */
export async function reencryptToolKeys(client: Client, ring: KeyRing): Promise<Reencrypted> {
  const { rows } = await client.query<{ kid: string; encrypted: string }>(
    'SELECT kid, sealed_private_key AS encrypted FROM nest_lti.tool_key WHERE sealed_private_key IS NOT NULL ORDER BY kid',
  );
  const values = rows.map(({ kid, encrypted }) => ({
    id: kid,
    encrypted,
    context: encryptionContextOf(kid),
  }));
  return reencryptEach(values, ring, async (kid, before, after) => {
    const { rowCount } = await client.query(
      'UPDATE nest_lti.tool_key SET sealed_private_key = $3 WHERE kid = $1 AND sealed_private_key = $2',
      [kid, before, after],
    );
    return rowCount === 1;
  });
}
