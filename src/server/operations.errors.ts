import { type HealthCheckResult } from '@nestjs/terminus';
import { Unavailable } from 'nest-lti';

export const operationErrors = {
  /** Something that the service needs does not work; `checks` has the state of each part. */
  notReady: (checks: HealthCheckResult['details']) => {
    const down = Object.keys(checks).filter((name) => checks[name]?.status !== 'up');
    return new Unavailable({
      code: 'not_ready',
      message: `Not ready: ${down.join(', ') || 'shutting down'}. The log has the reasons.`,
      details: { checks },
    });
  },
};

/** Why a check failed, in words that are fit for a stranger. */
export class CheckFailed extends Error {}
