import { z } from 'zod';
import { controlBody } from './control-body.js';
import { type Answer, jsonAnswer, type PlatformRequest } from '../http/http-exchange.js';
import { type PlatformState } from '../platform/platform-state.js';
import { userOAuthClientSchema } from '../user-oauth/user-oauth-client.js';
import { UserOAuth } from '../user-oauth/user-oauth.js';

const consentSchema = z.union([
  z.strictObject({ userId: z.string() }),
  z.strictObject({ error: z.string() }),
  z.strictObject({ page: z.literal(true) }),
]);
const expirySchema = z.strictObject({ userId: z.string().optional() });
const deletionSchema = z.strictObject({ userId: z.string(), id: z.int() });
const rateLimitSchema = z.strictObject({ remaining: z.number() });

/** The control API under `user-oauth/`; undefined for an unknown path. */
export function controlUserOAuth(
  platform: PlatformState,
  part: string | undefined,
  id: string | undefined,
  request: PlatformRequest,
): Answer | undefined {
  const userOAuth = new UserOAuth(platform.url, platform.userOAuth);
  switch ([request.method, part, ...(id === undefined ? [] : [':id'])].join(' ')) {
    case 'GET state':
      return jsonAnswer(200, stateOf(userOAuth));
    case 'POST clients': {
      const client = userOAuth.addClient(userOAuthClientSchema.parse(controlBody(request)));
      return jsonAnswer(201, { ...client, clientSecret: undefined });
    }
    case 'POST consent': {
      setConsent(userOAuth, consentSchema.parse(controlBody(request)));
      return jsonAnswer(200, { consent: platform.userOAuth.standingConsent ?? { page: true } });
    }
    case 'GET profiles :id':
      return jsonAnswer(200, profileOf(userOAuth, id ?? ''));
    case 'POST delete-token': {
      const order = deletionSchema.parse(controlBody(request));
      userOAuth.profile(order.userId).deleteToken(order.id);
      return jsonAnswer(200, profileOf(userOAuth, order.userId));
    }
    case 'POST expire': {
      const { userId } = expirySchema.parse(controlBody(request));
      return jsonAnswer(200, { expired: userOAuth.expireAccessTokens(userId) });
    }
    case 'POST rate-limit': {
      userOAuth.rateLimitRemaining = rateLimitSchema.parse(controlBody(request)).remaining;
      return jsonAnswer(200, { remaining: userOAuth.rateLimitRemaining });
    }
    default:
      return undefined;
  }
}

function setConsent(userOAuth: UserOAuth, consent: z.infer<typeof consentSchema>): void {
  if ('userId' in consent) userOAuth.consentAs(consent.userId);
  else if ('error' in consent) userOAuth.refuseConsent(consent.error);
  else userOAuth.showConsentPage();
}

function stateOf({ authorizeUrl, tokenUrl, apiUrl, clients, tokenCounts }: UserOAuth) {
  return { authorizeUrl, tokenUrl, apiUrl, clients: clients.map(({ clientId }) => clientId), tokenCounts };
}

function profileOf(userOAuth: UserOAuth, userId: string) {
  const { id, tokens } = userOAuth.profile(userId);
  return { id, userId, tokens, notes: userOAuth.notesOf(userId) };
}
