import { type Client } from 'pg';
import { type KeyRing } from '../common/encryption.js';
import { type Resealed, resealEach } from '../common/resealing.js';
import { sealContextOf } from './tool-key.entity.js';

/** Seals the private parts of all our signing keys, retired ones too, with the first key of the ring. */
export async function resealToolKeys(client: Client, ring: KeyRing): Promise<Resealed> {
  const { rows } = await client.query<{ kid: string; sealed: string }>(
    'SELECT kid, sealed_private_key AS sealed FROM nest_lti.tool_key ORDER BY kid',
  );
  const values = rows.map(({ kid, sealed }) => ({ id: kid, sealed, context: sealContextOf(kid) }));
  return resealEach(values, ring, async (kid, before, after) => {
    const { rowCount } = await client.query(
      'UPDATE nest_lti.tool_key SET sealed_private_key = $3 WHERE kid = $1 AND sealed_private_key = $2',
      [kid, before, after],
    );
    return rowCount === 1;
  });
}
