import { Inject, Injectable } from '@nestjs/common';
import { errors, jwtVerify, SignJWT } from 'jose';
import { hkdfSync } from 'node:crypto';
import { Clock } from '../../common/clock.js';
import { LtiConfig } from '../../config/lti-config.js';
import { LaunchSessionRequired } from './launch-session.errors.js';

const ALGORITHM = 'HS256';
const TYPE = 'launch-session+jwt';
const MAX_CHARACTERS = 2048;

/**
 * The bearer tokens of launch sessions: signed, so that what we did not give out costs no look into the database. The keys
 * are derived from the encryption keys: the first one signs, all of them are good.
 */
@Injectable()
export class SessionTokens {
  private readonly keys: ReadonlyMap<string, Uint8Array>;
  private readonly signer: string;

  constructor(
    @Inject(LtiConfig) { encryptionKeys }: LtiConfig,
    @Inject(Clock) private readonly clock: Clock,
  ) {
    this.signer = encryptionKeys[0].id;
    this.keys = new Map(
      encryptionKeys.map(({ id, key }) => [
        id,
        new Uint8Array(hkdfSync('sha256', key, '', 'nest-lti launch session', 32)),
      ]),
    );
  }

  async sign(sessionId: string, expiresAt: Date): Promise<string> {
    return new SignJWT({})
      .setProtectedHeader({ alg: ALGORITHM, kid: this.signer, typ: TYPE })
      .setSubject(sessionId)
      .setExpirationTime(expiresAt)
      .sign(this.keyOf(this.signer));
  }

  /**
   * @returns the id of the session, which may have ended
   * @throws LaunchSessionRequired when it is none of ours, or too old
   */
  async verify(token: string): Promise<string> {
    if (token.length > MAX_CHARACTERS) throw new LaunchSessionRequired('invalid');
    try {
      const { payload } = await jwtVerify(token, ({ kid = '' }) => this.keyOf(kid), {
        algorithms: [ALGORITHM],
        typ: TYPE,
        currentDate: this.clock.now(),
        requiredClaims: ['sub', 'exp'],
      });
      return payload.sub ?? '';
    } catch (error) {
      throw new LaunchSessionRequired(error instanceof errors.JWTExpired ? 'expired' : 'invalid');
    }
  }

  private keyOf(id: string): Uint8Array {
    const key = this.keys.get(id);
    if (key === undefined) throw new LaunchSessionRequired('invalid');
    return key;
  }
}
