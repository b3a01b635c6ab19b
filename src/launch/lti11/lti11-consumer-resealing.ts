import { type Client } from 'pg';
import { type KeyRing } from '../../common/encryption.js';
import { type Resealed, resealEach } from '../../common/resealing.js';
import { sealContextOf } from './lti11-consumer.entity.js';

/** Seals the secrets of all consumers of LTI 1.1 with the first key of the ring. Nobody opens those of deleted ones. */
export async function resealLti11Consumers(client: Client, ring: KeyRing): Promise<Resealed> {
  const { rows } = await client.query<{ id: string; sealed: string }>(
    'SELECT id, sealed_secret AS sealed FROM nest_lti.lti11_consumer WHERE deleted_at IS NULL ORDER BY id',
  );
  const values = rows.map(({ id, sealed }) => ({ id, sealed, context: sealContextOf(id) }));
  return resealEach(values, ring, async (id, before, after) => {
    const { rowCount } = await client.query(
      'UPDATE nest_lti.lti11_consumer SET sealed_secret = $3 WHERE id = $1 AND sealed_secret = $2',
      [id, before, after],
    );
    return rowCount === 1;
  });
}
