import { Inject, Injectable } from '@nestjs/common';
import { parseCookie, stringifySetCookie } from 'cookie';
import { randomBytes } from 'node:crypto';
import { addCookie, type HttpReply } from '../../common/http-reply.js';
import { type HttpRequest } from '../../common/http-request.js';
import { LtiConfig } from '../../config/lti-config.js';
import { CONSENT_LIFE_MS } from './consent-state.repository.js';

const SECRET_BYTES = 32;
const SECRET = /^[\w-]{43}$/;

/**
 * The secret that identifies this browser until it returns from the platform. All its consents in progress share it.
 * `__Host-`: another host of the same domain cannot set the cookie.
 */
@Injectable()
export class BrowserCookie {
  private readonly name: string;
  private readonly isSecure: boolean;

  constructor(@Inject(LtiConfig) { publicUrl }: LtiConfig) {
    // Browsers accept `Secure` cookies over http from this machine, but not from a development server elsewhere.
    const { protocol, hostname } = new URL(publicUrl);
    this.isSecure = protocol === 'https:' || hostname === 'localhost' || hostname === '127.0.0.1';
    this.name = this.isSecure ? '__Host-nest_lti_user_grant' : 'nest_lti_user_grant';
  }

  /** Undefined if the browser sends none. */
  read(request: HttpRequest): string | undefined {
    const secret = parseCookie(request.headers.cookie ?? '')[this.name];
    return secret !== undefined && SECRET.test(secret) ? secret : undefined;
  }

  /** Gives the browser a secret, or prolongs the one that it has. */
  write(request: HttpRequest, reply: HttpReply): void {
    const secret = this.read(request) ?? randomBytes(SECRET_BYTES).toString('base64url');
    const cookie = stringifySetCookie(this.name, secret, {
      path: '/',
      maxAge: CONSENT_LIFE_MS / 1000,
      httpOnly: true,
      secure: this.isSecure,
      // Sent with the platform's redirect, which is a top-level GET.
      sameSite: 'lax',
    });
    addCookie(reply, cookie);
  }
}
