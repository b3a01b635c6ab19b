import { Inject, Injectable } from '@nestjs/common';
import { decodeProtectedHeader, type ProtectedHeaderParameters } from 'jose';
import { Clock } from '../../common/clock.js';
import { type Registration } from '../../registrations/registration.entity.js';
import { LOGIN_LIFE_MS } from './oidc-login.service.js';
import { PlatformKeySetService } from './platform-key-set.service.js';
import { LaunchRefused } from '../../common/reactions.errors.js';
import { launchErrors } from '../launch.errors.js';

/** The fields of a registration that an id_token is checked against. */
export type TokenRecipient = Pick<Registration, 'issuer' | 'clientId' | 'jwksUrl' | 'idTokenAlgorithm'>;

/** Signed claims. The claims of LTI are not checked yet. */
export interface VerifiedToken {
  payload: Record<string, unknown>;
  nonce: string;
  expiresAt: Date;
}

const MAX_CHARACTERS = 64 * 1024;
const MAX_KID = 1024;
/** RFC 7515 4.1.2 to 4.1.6 */
const KEY_NAMES = ['jku', 'jwk', 'x5u', 'x5c'];
const utf8 = new TextDecoder('utf-8', { fatal: true });
const LEEWAY_MS = 2 * 60_000;
/** The platform issues the token after the login began, and a login may take this long. */
const MAX_AGE_MS = LOGIN_LIFE_MS + LEEWAY_MS;

/** Checks that the platform of the registration signed the id_token, for this tool, just now: OIDC 3.1.3.7 and SEC 5.1.3. */
@Injectable()
export class IdTokenVerifier {
  constructor(
    private readonly keySets: PlatformKeySetService,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * @param maxAgeMs how long ago it may have been issued; by default, since the login began
   * @throws {LaunchRefused} a code of an id_token, see `launchErrors.idTokenRefused`
   * @throws {Unavailable} `platform_keys_unavailable`
   */
  async verify(
    idToken: string,
    recipient: TokenRecipient,
    maxAgeMs: number = MAX_AGE_MS,
  ): Promise<VerifiedToken> {
    if (idToken.length > MAX_CHARACTERS) throw launchErrors.idTokenRefused('id_token_too_large');
    const payload = await this.signedPayload(idToken, recipient);
    checkParties(payload, recipient);
    const expiresAt = this.checkTimes(payload, maxAgeMs);
    const { nonce } = payload;
    if (typeof nonce !== 'string' || nonce === '') throw launchErrors.idTokenRefused('nonce_missing');
    return { payload, nonce, expiresAt };
  }

  private async signedPayload(idToken: string, recipient: TokenRecipient): Promise<Record<string, unknown>> {
    const { jwksUrl, idTokenAlgorithm: algorithm } = recipient;
    checkHeader(headerOf(idToken), algorithm);
    const keySet = await this.keySets.get(jwksUrl);
    try {
      return objectIn(await keySet.verify(idToken, algorithm));
    } catch (error) {
      const newer = mayBeByNewKey(error) ? await this.keySets.newerThan(keySet, jwksUrl) : undefined;
      if (newer === undefined) throw error;
      return objectIn(await newer.verify(idToken, algorithm));
    }
  }

  /** @returns the time at which the token expires */
  private checkTimes({ exp, iat, nbf }: Record<string, unknown>, maxAgeMs: number): Date {
    if (!isTime(exp)) throw launchErrors.idTokenRefused('id_token_exp_missing');
    if (!isTime(iat)) throw launchErrors.idTokenRefused('id_token_iat_missing');
    const nowMs = this.clock.nowMs();
    if (exp * 1000 + LEEWAY_MS <= nowMs) throw launchErrors.idTokenRefused('id_token_expired');
    if (iat * 1000 - LEEWAY_MS > nowMs) throw launchErrors.idTokenRefused('id_token_issued_in_future');
    if (iat * 1000 + maxAgeMs < nowMs) throw launchErrors.idTokenRefused('id_token_too_old');
    if (nbf != null && !(isTime(nbf) && nbf * 1000 - LEEWAY_MS <= nowMs)) {
      throw launchErrors.idTokenRefused('id_token_not_yet_valid');
    }
    return new Date(exp * 1000);
  }
}

/** @throws {LaunchRefused} `id_token_malformed`, also for an extension (`crit`, RFC 7515 4.1.11): nest-lti has none */
function headerOf(idToken: string): ProtectedHeaderParameters {
  try {
    const header = decodeProtectedHeader(idToken);
    if (!('crit' in header)) return header;
  } catch (cause) {
    throw launchErrors.idTokenRefused('id_token_malformed', { cause });
  }
  throw launchErrors.idTokenRefused('id_token_malformed');
}

/** Refuses a header that no key set can make valid, before any key is fetched. */
function checkHeader(header: ProtectedHeaderParameters, algorithm: string): void {
  const { alg, kid } = header;
  if (typeof alg === 'string' && alg.toLowerCase() === 'none')
    throw launchErrors.idTokenRefused('id_token_unsigned');
  if (typeof alg === 'string' && alg.startsWith('HS'))
    throw launchErrors.idTokenRefused('id_token_symmetric');
  if (alg !== algorithm) throw launchErrors.idTokenRefused('id_token_algorithm');
  // RFC 8725 3.10: the token must not choose the key that checks it.
  if (KEY_NAMES.some((name) => header[name] != null)) {
    throw launchErrors.idTokenRefused('id_token_names_key');
  }
  if (typeof kid !== 'string' || kid === '') throw launchErrors.idTokenRefused('id_token_kid_missing');
  if (kid.length > MAX_KID) throw launchErrors.idTokenRefused('id_token_kid_unknown');
}

function mayBeByNewKey(error: unknown): boolean {
  return (
    error instanceof LaunchRefused &&
    (error.code === 'id_token_kid_unknown' || error.code === 'id_token_signature')
  );
}

/** @throws {LaunchRefused} `id_token_malformed` */
function objectIn(payload: Uint8Array): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(utf8.decode(payload));
  } catch (cause) {
    throw launchErrors.idTokenRefused('id_token_malformed', { cause });
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw launchErrors.idTokenRefused('id_token_malformed');
  }
  return json as Record<string, unknown>;
}

/** SEC 5.1.3 steps 2, 3 and 4. */
function checkParties(
  { iss, aud, azp }: Record<string, unknown>,
  { issuer, clientId }: TokenRecipient,
): void {
  if (iss !== issuer) throw launchErrors.idTokenRefused('id_token_issuer');
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!audiences.includes(clientId)) throw launchErrors.idTokenRefused('id_token_audience');
  if (audiences.some((audience) => audience !== clientId))
    throw launchErrors.idTokenRefused('id_token_audience_untrusted');
  if (azp != null && azp !== clientId) throw launchErrors.idTokenRefused('id_token_azp');
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
