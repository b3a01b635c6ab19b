import { ForbiddenException, Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { LaunchSessionService } from 'nest-lti';

/** Exchanges the one-time code of a launch for a page whose script has the token of the session. No cookie is needed. */
@Injectable()
export class LaunchPages {
  constructor(
    private readonly config: ConfigService,
    private readonly sessions: LaunchSessionService,
  ) {}

  /** A form on another site could send the code of another user's launch, so the form has to come from here. */
  async open(origin: string | undefined, code: string, script: string): Promise<string> {
    if (origin !== new URL(this.config.getOrThrow<string>('PUBLIC_URL')).origin)
      throw new ForbiddenException('Open the quiz from your course.');
    const { token } = await this.sessions.exchange(code);
    return `<!doctype html><meta charset="utf-8"><main data-token="${token}"></main><script type="module" src="/${script}"></script>`;
  }
}
