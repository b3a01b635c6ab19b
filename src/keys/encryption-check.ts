import { type Client } from 'pg';
import { type KeyRing } from '../common/encryption.js';
import { WrongEncryptionKeys } from './keys.errors.js';

const CONTEXT = 'encryption_check:1';

/**
 * Compares the key ring with the one that this database was first written with, so that a wrong ring fails the boot
 * instead of the first secret that somebody needs.
 *
 * @throws WrongEncryptionKeys
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
    throw new WrongEncryptionKeys({ cause });
  }
}
