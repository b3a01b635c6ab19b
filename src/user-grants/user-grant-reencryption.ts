import { type Client } from 'pg';
import { type KeyRing } from '../common/encryption.js';
import { type Reencrypted, reencryptEach } from '../common/reencryption.js';
import { grantEncryptionContext, type TokenKind } from './grant-cipher.js';

const COLUMNS: Readonly<Record<TokenKind, string>> = {
  access: 'sealed_access_token',
  refresh: 'sealed_refresh_token',
};
const PAGE = 1000;

/** Encrypts the tokens of all user grants with the first key of the ring. A token that a refresh replaces meanwhile stays as it is. */
export async function reencryptUserGrants(client: Client, ring: KeyRing): Promise<Reencrypted> {
  const unreadable = new Set<string>();
  let count = 0;
  for (const kind of ['access', 'refresh'] as const) {
    const reencrypted = await reencryptColumn(client, ring, kind);
    for (const id of reencrypted.unreadable) unreadable.add(id);
    count += reencrypted.count;
  }
  return { count, unreadable: [...unreadable] };
}

async function reencryptColumn(client: Client, ring: KeyRing, kind: TokenKind): Promise<Reencrypted> {
  const column = COLUMNS[kind];
  const unreadable: string[] = [];
  let count = 0;
  let cursor = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const { rows } = await client.query<{
      id: string;
      registration: string;
      user: string;
      encrypted: string;
    }>(
      `SELECT id, registration_id AS registration, user_id AS user, ${column} AS encrypted FROM nest_lti.user_grant
       WHERE ${column} IS NOT NULL AND id > $1 ORDER BY id LIMIT ${PAGE}`,
      [cursor],
    );
    const values = rows.map(({ id, registration, user, encrypted }) => ({
      id,
      encrypted,
      context: grantEncryptionContext({ registrationId: registration, userId: user }, kind),
    }));
    const reencrypted = await reencryptEach(values, ring, async (id, before, after) => {
      const { rowCount } = await client.query(
        `UPDATE nest_lti.user_grant SET ${column} = $3 WHERE id = $1 AND ${column} = $2`,
        [id, before, after],
      );
      return rowCount === 1;
    });
    unreadable.push(...reencrypted.unreadable);
    count += reencrypted.count;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return { count, unreadable };
    cursor = last.id;
  }
}
