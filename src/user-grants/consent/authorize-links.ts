import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Clock } from '../../common/clock.js';
import { KeyRing } from '../../common/encryption.js';
import { LtiConfig } from '../../config/lti-config.js';
import { AUTHORIZE_PATH } from '../user-grant-paths.js';
import { consentErrors } from './consent.errors.js';

const LIFE_MS = 30 * 60_000;
const CONTEXT = 'user grant authorize link';
const MAX_LENGTH = 1024;

/** Short names: it goes into a URL. */
const linkSchema = z.object({
  /** Launch session. */
  s: z.uuid(),
  /** Epoch ms. */
  t: z.number(),
});

/**
 * The links that lead a launched user to the platform's consent page. A link is valid for half an hour and gives no
 * other access.
 */
@Injectable()
export class AuthorizeLinks {
  constructor(
    private readonly keyRing: KeyRing,
    @Inject(LtiConfig) private readonly config: LtiConfig,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  urlFor(launchSessionId: string): string {
    const content: z.input<typeof linkSchema> = { s: launchSessionId, t: this.clock.nowMs() };
    const url = new URL(this.config.publicUrl + AUTHORIZE_PATH);
    url.searchParams.set('link', this.keyRing.encrypt(JSON.stringify(content), CONTEXT));
    return url.href;
  }

  /** The launch session. @throws {ConsentRefused} `user_grant_link_invalid` */
  open(link: string): string {
    const { s, t } = this.decrypt(link);
    if (this.clock.nowMs() - t > LIFE_MS) throw consentErrors.linkInvalid('expired');
    return s;
  }

  private decrypt(link: string): z.output<typeof linkSchema> {
    if (link.length > MAX_LENGTH) throw consentErrors.linkInvalid('unknown');
    try {
      return linkSchema.parse(JSON.parse(this.keyRing.decrypt(link, CONTEXT)));
    } catch {
      throw consentErrors.linkInvalid('unknown');
    }
  }
}
