import { Injectable } from '@nestjs/common';
import { clockOffsetMs } from '../access-tokens/token-endpoint.js';
import { PlatformKeySet } from '../launch/oidc/platform-key-set.js';
import { PlatformHttpService } from '../platform-http/platform-http.service.js';
import { type Registration } from '../registrations/registration.entity.js';
import { LtiError } from '../common/lti-error.js';
import { failed, type Finding, findingOf, passed } from './check-step.js';

const TIMEOUT_MS = 10_000;
const OK = 200;
const FIRST_SERVER_ERROR = 500;

export interface PlatformKeysFinding {
  finding: Finding;
  /** How far the clock of the server is ahead of ours; undefined for an answer of a cache. */
  clockOffsetMs?: number;
}

/** The key set of the platform: launches are verified with it. It is fetched afresh and not kept. */
@Injectable()
export class PlatformKeysCheck {
  constructor(private readonly http: PlatformHttpService) {}

  async check(registration: Registration, signal: AbortSignal): Promise<PlatformKeysFinding> {
    try {
      return await this.fetch(registration, signal);
    } catch (error) {
      if (!(error instanceof LtiError)) throw error;
      const finding = findingOf(error);
      return { finding: { ...finding, details: { url: registration.jwksUrl, ...finding.details } } };
    }
  }

  private async fetch(
    { jwksUrl: url, idTokenAlgorithm: algorithm }: Registration,
    signal: AbortSignal,
  ): Promise<PlatformKeysFinding> {
    const response = await this.http.send({
      method: 'GET',
      url,
      headers: { accept: 'application/jwk-set+json, application/json' },
      timeoutMs: TIMEOUT_MS,
      urgency: 'urgent',
      outsideLimits: true,
      signal,
    });
    const offsetMs = response.headers.age === undefined ? clockOffsetMs(response) : undefined;
    const clock = offsetMs === undefined ? {} : { clockOffsetMs: offsetMs };
    const { status, body } = response;
    const details = { url, platformStatus: status };
    if (status !== OK) return { finding: refused(status, details), ...clock };
    const keySet = keySetIn(body);
    if (keySet === undefined) {
      const message =
        'The answer at the key set URL is not a key set (RFC 7517). Compare jwksUrl of the registration with the settings of the platform.';
      return { finding: failed('platform_keys_unreadable', 'tool_operator', message, details), ...clock };
    }
    if (!(await keySet.hasKeyFor(algorithm))) {
      const message =
        `The key set of the platform has no usable key for ${algorithm}, so each launch is refused. If the platform signs with another ` +
        'algorithm, set idTokenAlgorithm of the registration to it. Otherwise the administrator of the platform has to publish its key.';
      return {
        finding: failed('platform_keys_unusable', 'platform_administrator', message, details),
        ...clock,
      };
    }
    const message = `The key set of the platform can be read, and has a key for ${algorithm}.${plainHttp(url)}`;
    return { finding: passed('platform_keys_usable', message, details), ...clock };
  }
}

function refused(status: number, details: Record<string, unknown>): Finding {
  if (status >= FIRST_SERVER_ERROR) {
    const message = `The key set URL of the platform answers ${status}. Its administrator has to look into its log.`;
    return failed('platform_keys_refused', 'platform_administrator', message, details);
  }
  const message = `The key set URL of the platform answers ${status}. Compare jwksUrl of the registration with the settings of the platform.`;
  return failed('platform_keys_refused', 'tool_operator', message, details);
}

function plainHttp(url: string): string {
  return new URL(url).protocol === 'http:'
    ? ' It is read over plain http, which only your configuration allows.'
    : '';
}

function keySetIn(body: string): PlatformKeySet | undefined {
  try {
    return PlatformKeySet.parse(body);
  } catch {
    return undefined;
  }
}
