import { Inject, Injectable } from '@nestjs/common';
import { errors, jwtVerify, SignJWT } from 'jose';
import { type KeyObject } from 'node:crypto';
import { Clock } from '../../common/clock.js';
import { DerivedKeys } from '../../common/derived-keys.js';
import { LtiConfig } from '../../config/lti-config.js';
import { launchSessionErrors } from './launch-session.errors.js';

const PURPOSE = 'nest-lti launch session';
const ALGORITHM = 'HS256';
const TYPE = 'launch-session+jwt';
const MAX_CHARACTERS = 2048;

/**
 * The bearer tokens of launch sessions: signed, so that what we did not give out costs no look into the database. The keys
 * are derived from the encryption keys: the first one signs, all of them are good.
 */
@Injectable()
export class SessionTokens {
  private readonly keys: DerivedKeys;

  constructor(
    @Inject(LtiConfig) { encryptionKeys }: LtiConfig,
    @Inject(Clock) private readonly clock: Clock,
  ) {
    this.keys = new DerivedKeys(encryptionKeys, PURPOSE);
  }

  async sign(sessionId: string, expiresAt: Date): Promise<string> {
    return new SignJWT({})
      .setProtectedHeader({ alg: ALGORITHM, kid: this.keys.signerId, typ: TYPE })
      .setSubject(sessionId)
      .setExpirationTime(expiresAt)
      .sign(this.keys.signer);
  }

  /**
   * @returns the id of the session, which may have ended
   * @throws {AccessDenied} `launch_session_invalid` if it is not signed here, `launch_session_expired`
   */
  async verify(token: string): Promise<string> {
    if (token.length > MAX_CHARACTERS) throw launchSessionErrors.required('invalid');
    try {
      const { payload } = await jwtVerify(token, ({ kid = '' }) => this.keyOf(kid), {
        algorithms: [ALGORITHM],
        typ: TYPE,
        currentDate: this.clock.now(),
        requiredClaims: ['sub', 'exp'],
      });
      return payload.sub ?? '';
    } catch (error) {
      throw launchSessionErrors.required(error instanceof errors.JWTExpired ? 'expired' : 'invalid');
    }
  }

  private keyOf(id: string): KeyObject {
    const key = this.keys.find(id);
    if (key === undefined) throw launchSessionErrors.required('invalid');
    return key;
  }
}
