import { type HealthCheckResult } from '@nestjs/terminus';
import { LtiError } from 'nest-lti';

/** Something that the service needs is not there; `checks` says of each part whether it is. */
export class NotReady extends LtiError {
  readonly code = 'not_ready';
  readonly status = 503;

  constructor(private readonly checks: HealthCheckResult['details']) {
    const down = Object.keys(checks).filter((name) => checks[name]?.status !== 'up');
    super(`Not ready: ${down.join(', ') || 'shutting down'}. The log has the reasons.`);
  }

  override details(): Record<string, unknown> {
    return { checks: this.checks };
  }
}

/** Why a check failed, in words that are fit for a stranger. */
export class CheckFailed extends Error {}
