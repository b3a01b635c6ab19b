import { type TokenCheck } from '../access-tokens/token-check.service.js';
import { TokenRequestRefused } from '../access-tokens/access-token.errors.js';
import { type Registration } from '../registrations/registration.entity.js';
import { type PlatformFamily } from '../registrations/platform-family.js';
import { failed, type Finding, findingOf, passed } from './check-step.js';

const NOT_FOUND = 404;
/** The fixed audience of Brightspace, from its documentation. */
const BRIGHTSPACE_AUDIENCE = 'https://api.brightspace.com/auth/token';

/** Where an administrator looks first, by product. */
const WHERE_CLIENTS_ARE: Readonly<Partial<Record<PlatformFamily, string>>> = {
  blackboard:
    'At Blackboard the application is registered centrally, and the tool has to be approved in this Learn, too.',
  canvas: 'At Canvas the developer key has to be on, in the account of the course.',
  openedx: 'At Open edX each placement of the tool has a client id and a token URL of its own.',
  sakai: 'At Sakai each tool has a token URL of its own.',
};
const WHERE_SCOPES_ARE: Readonly<Partial<Record<PlatformFamily, string>>> = {
  canvas: 'At Canvas they are ticked in the developer key; one that is not ticked fails the whole request.',
  moodle: 'At Moodle they are the services in the settings of the tool.',
  sakai: 'At Sakai one service that the tool may not use fails the whole request.',
};

/** What a check found about the token request. */
export function tokenFinding(
  { tokens, error, isRequested }: TokenCheck,
  registration: Registration,
  toolKeysUrl: string,
): Finding {
  const url = registration.tokenUrl;
  if (error === undefined) {
    return isRequested
      ? passed('token_granted', 'The platform granted a new access token.', { url })
      : passed(
          'token_renewed_lately',
          'The access token was renewed less than a minute ago, so no new one was requested.',
          { url },
        );
  }
  if (tokens.length > 0) {
    const message =
      'The platform accepts our signature, but grants a token for some of the scopes only. See the step scopes.';
    return passed('token_granted_in_part', message, { url });
  }
  if (!(error instanceof TokenRequestRefused)) {
    const finding = findingOf(error);
    return { ...finding, details: { url, ...finding.details } };
  }
  return refusal(error, registration, toolKeysUrl);
}

/** Which scopes the platform grants. */
export function scopesFinding({ tokens }: TokenCheck, registration: Registration): Finding {
  const asked = registration.scopes;
  const granted = [...new Set(tokens.flatMap(({ scopes }) => scopes))].sort();
  const missing = asked.filter((scope) => !granted.includes(scope));
  if (missing.length === 0)
    return passed('scopes_granted', 'The platform grants all scopes of the registration.', { granted });
  const where = WHERE_SCOPES_ARE[registration.platformFamily];
  return failed(
    'scopes_missing',
    'platform_administrator',
    `The platform does not grant ${missing.join(', ')}. Its administrator has to enable these services for the tool` +
      `${where === undefined ? '' : ` (${where.replace(/\.$/, '')})`}, or the operator takes them out of the scopes of the registration.`,
    { missing, granted },
  );
}

/** A refusal by its cause. Platforms give it in words of their own, and Moodle not even as JSON. */
function refusal(error: TokenRequestRefused, registration: Registration, toolKeysUrl: string): Finding {
  const { clientId, tokenUrl, platformFamily, tokenAudience } = registration;
  const { platformStatus, platformError, isAboutScopes } = error;
  const said = error.message.slice(0, error.message.indexOf('. Check the client id') + 1) || error.message;
  const details = {
    url: tokenUrl,
    ...(platformStatus !== undefined && { platformStatus }),
    ...(platformError !== undefined && { platformError }),
  };
  if (isAboutScopes) {
    const where = WHERE_SCOPES_ARE[platformFamily] ?? '';
    const message = `${said} It grants none of the scopes of the registration: its administrator has to enable the services for the tool. ${where}`;
    return failed('token_scopes_refused', 'platform_administrator', message.trimEnd(), details);
  }
  if (platformStatus === NOT_FOUND) {
    const message =
      platformFamily === 'moodle'
        ? `${said} Moodle answers this when it cannot fetch our key set: its administrator checks the public keyset URL of the tool (${toolKeysUrl}), ` +
          'and the list of blocked hosts and ports of Moodle. Otherwise tokenUrl of the registration is wrong.'
        : `${said} Compare tokenUrl of the registration with the settings of the platform.`;
    const actor = platformFamily === 'moodle' ? 'platform_administrator' : 'tool_operator';
    return failed('token_url_not_found', actor, message, details);
  }
  if (/\bkid\b|signature|key ?set|jwks|incorrect key/i.test(said)) {
    const message =
      `${said} The platform cannot verify our signature. Its administrator checks that the tool there has the key set URL ${toolKeysUrl}, ` +
      'or the present key if one was pasted.';
    return failed('token_signature_refused', 'platform_administrator', message, details);
  }
  if (/\biat\b|\bexp\b|expired/i.test(said)) {
    const message = `${said} The clocks of the platform and of this machine differ: see the step clock.`;
    return failed('token_times_refused', 'tool_operator', message, details);
  }
  const isOtherAudience = platformFamily === 'brightspace' && tokenAudience !== BRIGHTSPACE_AUDIENCE;
  if (/\baud\b|audience/i.test(said) || isOtherAudience) {
    const wanted = platformFamily === 'brightspace' ? `; at Brightspace it is ${BRIGHTSPACE_AUDIENCE}` : '';
    const message = `${said} The audience of our request is ${tokenAudience ?? tokenUrl}. Set tokenAudience of the registration to what the platform wants${wanted}.`;
    return failed('token_audience_refused', 'tool_operator', message, details);
  }
  if (
    platformError === 'invalid_client' ||
    platformError === 'unauthorized_client' ||
    platformStatus === 401
  ) {
    const where = WHERE_CLIENTS_ARE[platformFamily] ?? '';
    const message =
      `${said} The platform does not accept this tool. Its administrator checks that the client id ${clientId} is there, that the tool is on, ` +
      `and that its key set URL is ${toolKeysUrl}. ${where}`;
    return failed('token_client_refused', 'platform_administrator', message.trimEnd(), details);
  }
  const message = `${said} Compare clientId, tokenUrl and tokenAudience of the registration with the settings of the platform.`;
  return failed('token_request_refused', 'tool_operator', message, details);
}
