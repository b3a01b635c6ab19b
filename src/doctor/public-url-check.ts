import { Inject, Injectable } from '@nestjs/common';
import { LtiConfig } from '../config/lti-config.js';
import { type PlatformResponse } from '../platform-http/platform-request.js';
import { PlatformHttpService } from '../platform-http/platform-http.service.js';
import { failed, type Finding, passed } from '../registration-checks/check-step.js';
import { checkOwnUrl } from '../registration-checks/own-url.js';

const LOGIN_PATH = '/lti/login';
/** Of a login request that names no platform. Another program answers 404, or a page of its own. */
const ANSWER = { status: 400, code: /"code":\s*"[a-z0-9_]+"/ };
const ONLY_OWN_FRAMES = /(?:^|[;,])\s*frame-ancestors\s+'(?:none|self)'\s*(?:[;,]|$)/i;

/** Whether browsers reach our routes under the public URL, and may show them in frames. */
@Injectable()
export class PublicUrlCheck {
  constructor(
    private readonly http: PlatformHttpService,
    @Inject(LtiConfig) private readonly config: Pick<LtiConfig, 'publicUrl'>,
  ) {}

  async check(): Promise<Finding> {
    const { protocol, hostname } = new URL(this.config.publicUrl);
    const url = `${this.config.publicUrl}${LOGIN_PATH}`;
    if (protocol === 'http:' && !isLoopback(hostname)) {
      const message =
        'publicUrl (PUBLIC_URL) is plain http. Browsers drop the cookies of launches in frames, and platforms refuse such a tool. Put a proxy ' +
        'with TLS in front, and set its https URL.';
      return failed('public_url_insecure', 'tool_operator', message, { url });
    }
    return checkOwnUrl(this.http, url, {
      answered: ({ status, body, headers }) => {
        if (status !== ANSWER.status || !ANSWER.code.test(body))
          return this.wrong(url, `it answers ${status}, and not as nest-lti does`, {
            platformStatus: status,
          });
        const refusal = frameRefusalOf(headers);
        if (refusal !== undefined) return framesRefused(url, refusal);
        return passed('public_url_reached', `Our login route answers at ${url}.`, { url });
      },
      unreachable: (why, details) => this.wrong(url, why, details),
    });
  }

  private wrong(url: string, what: string, details: Record<string, unknown>): Finding {
    return failed(
      'public_url_unreachable',
      'tool_operator',
      `Our login route is not at ${url}: ${what.replace(/\.$/, '')}. Start the application, check publicUrl (PUBLIC_URL), a global ` +
        'prefix, and the proxy in front: it has to pass everything below /lti/ on without a log-in or a redirect.',
      { url, ...details },
    );
  }
}

/** The header of an answer by which browsers refuse to show it in a frame of another site. */
function frameRefusalOf(headers: PlatformResponse['headers']): string | undefined {
  const policy = headers['content-security-policy'] ?? '';
  if (ONLY_OWN_FRAMES.test(policy)) return `Content-Security-Policy: ${policy}`;
  const frameOptions = headers['x-frame-options'];
  // Browsers ignore it where frame-ancestors is there.
  if (frameOptions === undefined || /\bframe-ancestors\b/i.test(policy)) return undefined;
  return `X-Frame-Options: ${frameOptions}`;
}

function framesRefused(url: string, header: string): Finding {
  return failed(
    'public_url_frames_refused',
    'tool_operator',
    `Browsers do not show the tool inside a course: the answer of ${url} has the header ${header}. Do not send it below /lti/ and with ` +
      'the pages of the tool. It may come from the application, such as by helmet (frameguard: false leaves X-Frame-Options out), or from ' +
      'the proxy in front.',
    { url },
  );
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
