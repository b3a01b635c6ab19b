import { Client } from 'pg';
import { KeyRing } from '../../src/common/encryption.js';
import { reencryptUserGrantClients } from '../../src/user-grants/clients/user-grant-client-reencryption.js';
import { reencryptUserGrants } from '../../src/user-grants/user-grant-reencryption.js';
import { createTestDatabase } from '../support/test-database.js';
import { UserGrantScene } from '../support/user-grant-scene.js';

const key = (id: string) => ({ id, key: Buffer.alloc(32, id) });

it('re-encrypts the tokens of users and the secrets of clients, and names what cannot be decrypted', async () => {
  const database = await createTestDatabase();
  const encryptionKeys = `old:${key('old').key.toString('base64')}`;
  const scene = await UserGrantScene.start('canvas', { database: { url: database.url }, encryptionKeys });
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    const { grant } = await scene.connect(0);
    const broken = await scene.connect(1);
    await client.query(`UPDATE nest_lti.user_grant SET sealed_refresh_token = 'v1.gone.AAAA' WHERE id = $1`, [
      broken.grant.id,
    ]);
    const ring = new KeyRing([key('new'), key('old')]);
    expect(await reencryptUserGrants(client, ring)).toEqual({ count: 3, unreadable: [broken.grant.id] });
    expect(await reencryptUserGrantClients(client, ring)).toEqual({ count: 1, unreadable: [] });
    expect(await reencryptUserGrants(client, ring)).toEqual({ count: 0, unreadable: [broken.grant.id] });
    const { rows } = await client.query('SELECT * FROM nest_lti.user_grant WHERE id = $1', [grant.id]);
    expect([rows[0].sealed_access_token, rows[0].sealed_refresh_token]).toEqual([
      expect.stringMatching(/^v1\.new\./),
      expect.stringMatching(/^v1\.new\./),
    ]);
    expect(JSON.stringify(rows)).not.toMatch(/1~/);
  } finally {
    await client.end();
    await scene.stop();
    await database.drop();
  }
});
