import { type Client } from 'pg';
import { type KeyRing } from '../common/encryption.js';
import { type Reencrypted, reencryptEach } from '../common/reencryption.js';
import { encryptionContextOf } from './event-subscription.entity.js';

/** Encrypts the secrets of all webhooks with the first key of the ring. An old secret whose overlap is over is deleted by the next rotation. */
export async function reencryptWebhooks(client: Client, ring: KeyRing): Promise<Reencrypted> {
  const current = await reencryptColumn(client, ring, 'sealed_secret');
  const old = await reencryptColumn(client, ring, 'sealed_old_secret');
  return {
    count: current.count + old.count,
    unreadable: [...new Set([...current.unreadable, ...old.unreadable])],
  };
}

async function reencryptColumn(
  client: Client,
  ring: KeyRing,
  column: 'sealed_secret' | 'sealed_old_secret',
): Promise<Reencrypted> {
  const { rows } = await client.query<{ id: string; encrypted: string }>(
    `SELECT id, ${column} AS encrypted FROM nest_lti.event_subscription WHERE ${column} IS NOT NULL ORDER BY id`,
  );
  const values = rows.map(({ id, encrypted }) => ({ id, encrypted, context: encryptionContextOf(id) }));
  return reencryptEach(values, ring, async (id, before, after) => {
    const { rowCount } = await client.query(
      `UPDATE nest_lti.event_subscription SET ${column} = $3 WHERE id = $1 AND ${column} = $2`,
      [id, before, after],
    );
    return rowCount === 1;
  });
}
