import { z } from 'zod';
import { harmless, readable } from '../../common/platform-words.js';
import {
  createRegistrationSchema,
  deploymentIdSchema,
  MAX_SCOPES,
  scopeSchema,
} from '../registration.schema.js';
import { dynamicRegistrationErrors } from './dynamic-registration.errors.js';
import { type RegistrationRequest, TOOL_CONFIGURATION } from './registration-request.js';

/** What the platform stored (Dynamic Registration 1.0, 3.6). */
export interface RegistrationAnswer {
  clientId: string;
  /** Undefined if the platform does not give it, because it creates the deployment later. */
  deploymentId: string | undefined;
  /** The scopes that the tool may ask for. Undefined if the answer does not say. */
  scopes: readonly string[] | undefined;
}

/** Ids are texts. Some platforms write them as numbers. */
const id = (schema: z.ZodType<string>) =>
  z.preprocess((value) => (typeof value === 'number' ? String(value) : (value ?? undefined)), schema);
const deploymentId = id(deploymentIdSchema).optional().catch(undefined);
const optionalText = z.string().optional().catch(undefined);

const answerSchema = z.object({
  client_id: id(createRegistrationSchema.shape.clientId),
  deployment_id: deploymentId,
  scope: optionalText,
  initiate_login_uri: optionalText,
  jwks_uri: optionalText,
  [TOOL_CONFIGURATION]: z.object({ deployment_id: deploymentId }).catch({}),
});

/** The advice for refusals of a certain text. The first that matches counts. */
const ADVICE: readonly [RegExp, string][] = [
  [
    /token_already_used|token.*(?:expired|used)|expired.*token/i,
    'Its link can be used once and for a short time: start the registration in the platform again. If the tool is listed there ' +
      'already, remove it first, or finish it in the list of dynamic registrations.',
  ],
  [/incorrect scope/i, 'Its link is not for a registration: start the registration in the platform again.'],
  [
    /domain|unique|already/i,
    'The platform may have this tool already: look for it there, and remove it before you start again.',
  ],
  [/scope/i, 'Its administrator has to allow the scopes that the tool asks for.'],
];
const ADVICE_BY_STATUS: Readonly<Record<number, string>> = {
  401: 'Its link was used already or has expired: start the registration in the platform again.',
  403: 'The user who started the registration may not register tools: ask an administrator of the platform.',
  404: 'The platform may not reach this tool by its public URL: its administrator checks the block list of hosts and ports.',
  422: 'The platform wants other placements, claims or messages: change the registration request by the hook of the embedder.',
};

/**
 * Reads the answer of a registration endpoint. `deployment_id` is in the tool configuration (Moodle) or at the top (Canvas).
 *
 * @throws {PlatformRefused} `registration_refused`; {PlatformAnswerInvalid} `registration_answer_invalid`, `registration_answer_foreign`
 */
export function readRegistrationAnswer(
  { status, body }: { status: number; body: string },
  request: RegistrationRequest,
): RegistrationAnswer {
  // A proxy may have answered after the platform has stored the tool.
  if (status === 408 || status >= 500)
    throw dynamicRegistrationErrors.answerInvalid(`it has the status ${status}`);
  if (status < 200 || status > 299) throw refusalOf(status, body);
  const result = answerSchema.safeParse(jsonOf(body));
  if (!result.success) throw dynamicRegistrationErrors.answerInvalid('it has no client_id');
  const answer = result.data;
  for (const member of ['initiate_login_uri', 'jwks_uri'] as const) {
    if (answer[member] !== undefined && answer[member] !== request[member]) {
      throw dynamicRegistrationErrors.answerForeign(member);
    }
  }
  return {
    clientId: answer.client_id,
    deploymentId: answer[TOOL_CONFIGURATION].deployment_id ?? answer.deployment_id,
    scopes: answer.scope === undefined ? undefined : scopesOf(answer.scope),
  };
}

/** As a registration stores them. What is not a scope is left out, and `openid`, which is for logins and not for services. */
function scopesOf(text: string): string[] {
  const known = text
    .split(/\s+/)
    .filter((scope) => scope !== 'openid' && scopeSchema.safeParse(scope).success);
  return [...new Set(known)].slice(0, MAX_SCOPES);
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // Not `cause`: its message quotes the answer.
    throw dynamicRegistrationErrors.answerInvalid('it is not JSON');
  }
}

/** Moodle answers with plain text or a page, Canvas with `errors` or `errorMessage`. */
function refusalOf(status: number, body: string) {
  const words = harmless(readable(body));
  const advice =
    ADVICE.find(([pattern]) => pattern.test(words))?.[1] ??
    ADVICE_BY_STATUS[status] ??
    'Start the registration in the platform again, or register the tool by hand.';
  return dynamicRegistrationErrors.refused(status, words, advice);
}
