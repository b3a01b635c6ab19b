import { type Client } from 'pg';
import { type KeyRing } from '../../common/encryption.js';
import { type Reencrypted, reencryptEach } from '../../common/reencryption.js';
import { encryptionContextOf } from './lti11-consumer.entity.js';

/** Encrypts the secrets of all consumers of LTI 1.1 with the first key of the ring. Those of deleted consumers are not used again and stay as they are. */
export async function reencryptLti11Consumers(client: Client, ring: KeyRing): Promise<Reencrypted> {
  const { rows } = await client.query<{ id: string; encrypted: string }>(
    'SELECT id, sealed_secret AS encrypted FROM nest_lti.lti11_consumer WHERE deleted_at IS NULL ORDER BY id',
  );
  const values = rows.map(({ id, encrypted }) => ({ id, encrypted, context: encryptionContextOf(id) }));
  return reencryptEach(values, ring, async (id, before, after) => {
    const { rowCount } = await client.query(
      'UPDATE nest_lti.lti11_consumer SET sealed_secret = $3 WHERE id = $1 AND sealed_secret = $2',
      [id, before, after],
    );
    return rowCount === 1;
  });
}
