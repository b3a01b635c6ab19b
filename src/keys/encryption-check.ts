import { type Client } from 'pg';
import { type KeyRing } from '../common/encryption.js';
import { type Resealed, resealEach } from '../common/resealing.js';
import { keyErrors } from './keys.errors.js';

const CONTEXT = 'encryption_check:1';

/**
 * Compares the key ring with the one that this database was first written with, so that a wrong ring fails the boot
 * instead of the first secret that somebody needs.
 *
 * @throws {ConfigurationInvalid} `wrong_encryption_keys`
 */
export async function checkKeyRing(client: Client, ring: KeyRing): Promise<void> {
  const { rows } = await client.query<{ sealed: string }>('SELECT sealed FROM nest_lti.encryption_check');
  const sealed = rows[0]?.sealed;
  if (sealed === undefined) {
    await client.query('INSERT INTO nest_lti.encryption_check VALUES (1, $1)', [ring.encrypt('ok', CONTEXT)]);
    return;
  }
  try {
    ring.decrypt(sealed, CONTEXT);
  } catch (cause) {
    throw keyErrors.wrongEncryptionKeys({ cause });
  }
}

/**
 * Seals the check with the first key of the ring: a ring without the others is right from then on. So everything else
 * comes before it.
 */
export async function resealCheck(client: Client, ring: KeyRing): Promise<Resealed> {
  const { rows } = await client.query<{ sealed: string }>('SELECT sealed FROM nest_lti.encryption_check');
  const values = rows.map(({ sealed }) => ({ id: '1', sealed, context: CONTEXT }));
  return resealEach(values, ring, async (_, before, after) => {
    const { rowCount } = await client.query(
      'UPDATE nest_lti.encryption_check SET sealed = $2 WHERE sealed = $1',
      [before, after],
    );
    return rowCount === 1;
  });
}
