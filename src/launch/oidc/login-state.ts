import { Inject, Injectable } from '@nestjs/common';
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { Clock } from '../../common/clock.js';
import { KeyRing } from '../../common/encryption.js';
import { StateExpired, StateUnknown } from './login.errors.js';

/** SEC 7.3.2: what the platform is to do must be done soon. */
export const LOGIN_LIFE_MS = 10 * 60_000;
/** 128 bits, RFC 6749 10.10. */
const SECRET_BYTES = 16;
const CONTEXT = 'login state';

/** What has to be known of a login when the launch comes back. Short names: it goes into a URL. */
const sealedSchema = z.object({
  /** Registration. */
  r: z.string(),
  n: z.string(),
  /** Digest of the browser's secret. */
  b: z.string(),
  /** Epoch ms. */
  t: z.number(),
  /** Frame of the platform's storage. */
  f: z.string().optional(),
  /** The login's parameters, for another try in a window of its own. */
  p: z.record(z.string(), z.string()).optional(),
});

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
 * The state of a login is sealed and goes with the browser: nothing is written before a platform has signed something, so
 * that whoever calls the login end point again and again fills no table. What makes it single-use is its nonce, used up in
 * the database by the launch.
 */
@Injectable()
export class LoginStates {
  constructor(
    private readonly keyRing: KeyRing,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

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
    const sealed: z.input<typeof sealedSchema> = {
      r: login.registrationId,
      n: nonce,
      b: digestOf(browserSecret),
      t: this.clock.nowMs(),
      f: login.storageFrame,
      p: JSON.stringify(parameters).length > MAX_PARAMETERS ? undefined : parameters,
    };
    return { state: this.keyRing.encrypt(JSON.stringify(sealed), CONTEXT), nonce, browserSecret };
  }

  /** @throws StateUnknown, StateExpired */
  open(state: string): LoginState {
    const { r, n, b, t, f, p } = this.unseal(state);
    const ageMs = this.clock.nowMs() - t;
    if (ageMs > LOGIN_LIFE_MS) throw new StateExpired();
    return {
      registrationId: r,
      nonce: n,
      browserDigest: b,
      issuedAt: new Date(t),
      storageFrame: f,
      loginParameters: p,
    };
  }

  private unseal(state: string): z.output<typeof sealedSchema> {
    try {
      return sealedSchema.parse(JSON.parse(this.keyRing.decrypt(state, CONTEXT)));
    } catch {
      throw new StateUnknown();
    }
  }
}

/** Whether this is the secret that the login gave to its browser. */
export function isOfBrowser({ browserDigest }: LoginState, secret: string): boolean {
  return timingSafeEqual(Buffer.from(browserDigest), Buffer.from(digestOf(secret)));
}

/** The name under which the browser keeps the secret: one for each login, as several may be under way side by side. */
export function secretNameOf({ nonce }: Pick<LoginState, 'nonce'>): string {
  return `nest_lti_${digestOf(nonce).slice(0, 16)}`;
}

function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
