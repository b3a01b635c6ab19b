import { type Client } from 'pg';
import { type KeyRing } from '../common/encryption.js';
import { type Reencrypted, reencryptEach } from '../common/reencryption.js';
import { keyErrors } from './keys.errors.js';

const CONTEXT = 'encryption_check:1';

/**
 * Checks that the key ring decrypts what this database was first written with, so that a wrong ring fails the boot and not
 * the first use of a secret.
 *
 * @throws {ConfigurationInvalid} `wrong_encryption_keys`
 */
export async function checkKeyRing(client: Client, ring: KeyRing): Promise<void> {
  const { rows } = await client.query<{ encrypted: string }>(
    'SELECT sealed AS encrypted FROM nest_lti.encryption_check',
  );
  const encrypted = rows[0]?.encrypted;
  if (encrypted === undefined) {
    await client.query('INSERT INTO nest_lti.encryption_check VALUES (1, $1)', [ring.encrypt('ok', CONTEXT)]);
    return;
  }
  try {
    ring.decrypt(encrypted, CONTEXT);
  } catch (cause) {
    throw keyErrors.wrongEncryptionKeys({ cause });
  }
}

/**
 * Encrypts the check with the first key of the ring. From then on, a ring without the other keys passes the check. So this
 * is the last step of a re-encryption.
 */
export async function reencryptCheck(client: Client, ring: KeyRing): Promise<Reencrypted> {
  const { rows } = await client.query<{ encrypted: string }>(
    'SELECT sealed AS encrypted FROM nest_lti.encryption_check',
  );
  const values = rows.map(({ encrypted }) => ({ id: '1', encrypted, context: CONTEXT }));
  return reencryptEach(values, ring, async (_, before, after) => {
    const { rowCount } = await client.query(
      'UPDATE nest_lti.encryption_check SET sealed = $2 WHERE sealed = $1',
      [before, after],
    );
    return rowCount === 1;
  });
}
