import { Inject, Injectable } from '@nestjs/common';
import { createHash, createHmac, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import { Clock } from '../../common/clock.js';
import { DerivedKeys } from '../../common/derived-keys.js';
import { LtiConfig } from '../../config/lti-config.js';
import { launchErrors } from '../launch.errors.js';

/** SEC 7.3.2: what the platform is to do must be done soon. */
export const LOGIN_LIFE_MS = 10 * 60_000;
/** 128 bits, RFC 6749 10.10. */
const SECRET_BYTES = 16;
const PURPOSE = 'nest-lti login state';

/** What has to be known of a login when the launch comes back. Short names: it goes into a URL. */
interface SignedState {
  /** Registration. */
  r: string;
  /** Nonce. */
  n: string;
  /** Digest of the browser's secret. */
  b: string;
  /** Epoch ms. */
  t: number;
  /** Frame of the platform's storage. */
  f?: string | undefined;
  /** The login's parameters, for another try in a window of its own. */
  p?: Record<string, string> | undefined;
}

/** A login that was begun here, or by another process with the same encryption keys. */
export interface LoginState {
  registrationId: string;
  /** 128 random bits, base64url. */
  nonce: string;
  browserDigest: string;
  issuedAt: Date;
  storageFrame: string | undefined;
  loginParameters: Readonly<Record<string, string>> | undefined;
}

/** Past this the state alone would make the authorization URL longer than servers take. */
const MAX_PARAMETERS = 1500;

/**
 * The state of a login is signed and goes with the browser: nothing is written before a platform has signed something, so
 * that whoever calls the login end point again and again fills no table. What makes it single-use is its nonce, used up in
 * the database by the launch. It holds nothing that the browser does not know already.
 */
@Injectable()
export class LoginStates {
  private readonly keys: DerivedKeys;

  constructor(
    @Inject(LtiConfig) { encryptionKeys }: LtiConfig,
    @Inject(Clock) private readonly clock: Clock,
  ) {
    this.keys = new DerivedKeys(encryptionKeys, PURPOSE);
  }

  /** A new login, and the secret that binds it to the browser: that belongs into a cookie or the platform's storage. */
  begin(
    login: Pick<LoginState, 'registrationId' | 'storageFrame'> & { loginParameters: Record<string, string> },
  ): {
    state: string;
    nonce: string;
    browserSecret: string;
  } {
    const nonce = randomBytes(SECRET_BYTES).toString('base64url');
    const browserSecret = randomBytes(SECRET_BYTES).toString('base64url');
    const parameters = login.loginParameters;
    const signed: SignedState = {
      r: login.registrationId,
      n: nonce,
      b: digestOf(browserSecret),
      t: this.clock.nowMs(),
      f: login.storageFrame,
      p: JSON.stringify(parameters).length > MAX_PARAMETERS ? undefined : parameters,
    };
    const payload = Buffer.from(JSON.stringify(signed)).toString('base64url');
    const { signerId, signer } = this.keys;
    return { state: `${signerId}.${payload}.${signatureOf(payload, signer)}`, nonce, browserSecret };
  }

  /** @throws {LaunchRefused} `state_unknown`, `state_expired` */
  open(state: string): LoginState {
    const { r, n, b, t, f, p } = this.verified(state);
    const ageMs = this.clock.nowMs() - t;
    if (ageMs > LOGIN_LIFE_MS) throw launchErrors.stateExpired();
    return {
      registrationId: r,
      nonce: n,
      browserDigest: b,
      issuedAt: new Date(t),
      storageFrame: f,
      loginParameters: p,
    };
  }

  private verified(state: string): SignedState {
    const [keyId = '', payload = '', signature = '', ...more] = state.split('.', 4);
    const key = this.keys.find(keyId);
    if (key === undefined || more.length > 0 || !isSame(signature, signatureOf(payload, key))) {
      throw launchErrors.stateUnknown();
    }
    // We have signed it, so it is what we wrote.
    return JSON.parse(Buffer.from(payload, 'base64url').toString()) as SignedState;
  }
}

/** Whether this is the secret that the login gave to its browser. */
export function isOfBrowser({ browserDigest }: LoginState, secret: string): boolean {
  return isSame(browserDigest, digestOf(secret));
}

/** The name under which the browser keeps the secret: one for each login, as several may be under way side by side. */
export function secretNameOf({ nonce }: Pick<LoginState, 'nonce'>): string {
  return `nest_lti_${digestOf(nonce).slice(0, 16)}`;
}

function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

function signatureOf(payload: string, key: KeyObject): string {
  return createHmac('sha256', key).update(payload).digest('base64url');
}

function isSame(one: string, other: string): boolean {
  const [ones, others] = [Buffer.from(one), Buffer.from(other)];
  return ones.length === others.length && timingSafeEqual(ones, others);
}
