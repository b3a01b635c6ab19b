import { exportJWK } from 'jose';
import { signCompact, unsignedCompact, withBrokenSignature } from '../../keys/compact-jws.js';
import { type Claims } from '../claim-names.js';
import { headerOf, type PlatformKeys } from '../../keys/platform-keys.js';
import { type Tamper } from './tamper.js';

/** The id_token of a launch with the changes of the attack. `attackerKeysUrl` is the address of the attacker's key set. */
export async function forgedToken(
  claims: Claims,
  tamper: Tamper,
  keys: PlatformKeys,
  attackerKeysUrl: string,
): Promise<string> {
  const payload = JSON.stringify(tamper.claims?.(claims) ?? claims);
  const token = await forgedSignature(payload, tamper, keys, attackerKeysUrl);
  return tamper.token?.(token) ?? token;
}

async function forgedSignature(
  payload: string,
  tamper: Tamper,
  keys: PlatformKeys,
  keySetUrl: string,
): Promise<string> {
  const current = await keys.current();
  const changes =
    typeof tamper.header === 'function'
      ? tamper.header({ jwk: await exportJWK((await keys.foreign()).publicKey), keySetUrl })
      : tamper.header;
  const header = { ...headerOf(current), ...changes };
  switch (tamper.signature) {
    case 'none':
      return unsignedCompact(payload, { ...header, alg: 'none', ...changes });
    case 'hmac-with-public-key': {
      const pem = current.pair.publicKey.export({ type: 'spki', format: 'pem' });
      return signCompact(payload, { ...header, alg: 'HS256' }, Buffer.from(pem));
    }
    case 'foreign-key':
      return signCompact(payload, { ...header, alg: 'RS256' }, (await keys.foreign()).privateKey);
    case 'broken':
      return withBrokenSignature(await keys.sign(payload, changes));
    case undefined:
      return keys.sign(payload, changes);
  }
}
