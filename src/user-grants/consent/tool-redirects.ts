import { Inject, Injectable } from '@nestjs/common';
import { LtiConfig } from '../../config/lti-config.js';
import { consentErrors } from './consent.errors.js';

/** Which of the tool's own pages may receive consents, and messages about them. */
@Injectable()
export class ToolRedirects {
  private readonly toolUrls: readonly URL[];
  /** Origins that a page of nest-lti may send the result to. */
  readonly origins: readonly string[];

  constructor(@Inject(LtiConfig) { launch, publicUrl }: LtiConfig) {
    this.toolUrls = launch.toolUrls.map((url) => new URL(url));
    this.origins = [...new Set([new URL(publicUrl), ...this.toolUrls].map(({ origin }) => origin))];
  }

  /** @throws {InvalidRequest} `user_grant_redirect_uri_not_allowed` for what is not below one of the tool's URLs */
  check(redirectUri: string): void {
    const url = new URL(redirectUri);
    if (!this.toolUrls.some((tool) => isBelow(url, tool))) throw consentErrors.redirectUriNotAllowed();
  }
}

function isBelow(url: URL, base: URL): boolean {
  if (url.origin !== base.origin || url.username !== '' || url.password !== '') return false;
  const path = base.pathname.replace(/\/$/, '');
  return url.pathname === path || url.pathname.startsWith(`${path}/`);
}
