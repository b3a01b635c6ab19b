import { type AccessToken } from '../access-tokens/access-token.js';
import { orAbort } from '../common/bounded-wait.js';
import { LtiError } from '../common/lti-error.js';
import { ConfigurationInvalid, InvalidRequest, PlatformRefused } from '../common/reactions.errors.js';
import { PlatformUnreachable } from '../platform-http/platform-http.errors.js';
import { PlatformThrottled } from '../rate-limits/rate-limits.errors.js';
import { type CheckStep, type CheckStepName } from './registration-check.schema.js';

type Actor = CheckStep['actor'];
type Details = Record<string, unknown>;

/** What a step found, beside its name. */
export type Finding = Omit<CheckStep, 'step'>;

export function passed(code: string, message: string, details?: Details): Finding {
  return { outcome: 'passed', code, message, actor: 'nobody', ...(details && { details }) };
}

export function skipped(code: string, message: string, actor: Actor = 'nobody', details?: Details): Finding {
  return { outcome: 'skipped', code, message, actor, ...(details && { details }) };
}

export function failed(code: string, actor: Actor, message: string, details?: Details): Finding {
  return { outcome: 'failed', code, message, actor, ...(details && { details }) };
}

/** The finding for an error, whose message says what happened and what to do. */
export function findingOf(error: LtiError): Finding {
  const details = error.details();
  // It says nothing about the registration.
  if (error instanceof PlatformThrottled) return skipped(error.code, error.message, 'nobody', details);
  return failed(error.code, actorOf(error), error.message, details);
}

/** What the operator of the tool corrects, although another class of errors usually is for the administrator. */
const OURS: readonly string[] = [
  'platform_redirect_refused',
  'key_signer_timeout',
  'token_store_unavailable',
];

/** Tells apart what the operator of the tool can correct here and what the administrator of the platform has to do. */
function actorOf(error: LtiError): Actor {
  if (error instanceof PlatformUnreachable) {
    // Its URL, or the DNS of this machine.
    const isOurs = error.reason === 'name_not_found' || error.reason === 'tls';
    return isOurs ? 'tool_operator' : 'platform_administrator';
  }
  if (error instanceof InvalidRequest || error instanceof ConfigurationInvalid) return 'tool_operator';
  if (OURS.includes(error.code)) return 'tool_operator';
  const { platformStatus } = error.details();
  // The course is gone there: it is launched again, or deleted here.
  const isGone = error instanceof PlatformRefused && (platformStatus === 404 || platformStatus === 410);
  return isGone ? 'tool_operator' : 'platform_administrator';
}

/** The result of the work; undefined if the check ends first. */
export async function beforeEnd<T>(signal: AbortSignal, work: Promise<T>): Promise<T | undefined> {
  try {
    return await orAbort(work, signal);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

/** One step of a check. An error of nest-lti is a finding; any other one is a defect. */
export async function runStep(
  step: CheckStepName,
  signal: AbortSignal,
  work: Promise<Finding>,
): Promise<CheckStep> {
  try {
    return { step, ...((await beforeEnd(signal, work)) ?? timedOut(step)) };
  } catch (error) {
    if (error instanceof LtiError) return { step, ...findingOf(error) };
    throw error;
  }
}

export function timedOut(step: CheckStepName): Finding {
  return failed(
    'check_timed_out',
    step === 'tool_keys' ? 'tool_operator' : 'platform_administrator',
    'There was no answer before the check ended. See whether the other side is up, and whether a firewall is between the two.',
  );
}

/** The first token with one of these scopes. */
export function tokenWith(
  tokens: readonly AccessToken[],
  scopes: readonly string[],
): AccessToken | undefined {
  return tokens.find((token) => scopes.some((scope) => token.hasScopes([scope])));
}
