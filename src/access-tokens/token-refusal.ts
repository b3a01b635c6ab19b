import { z } from 'zod';
import { harmless, readable } from '../common/platform-words.js';
import { type PlatformResponse } from '../platform-http/platform-request.js';
import { parseRetryAfter } from '../platform-http/retry-after.js';
import { TokenRequestRefused } from './access-token.errors.js';
import { parseJson } from './token-response.js';

const MAX_WORDS = 200;

/** RFC 6749 5.2 */
const schema = z.object({
  error: z.string().max(MAX_WORDS),
  // The error code is used even if the description cannot be read.
  error_description: z.string().nullish().catch(undefined),
});

/** The error for a 4xx of the token endpoint, with a message for the operator who has to correct the registration. */
export function tokenRefusal({ status, body, headers, receivedAt }: PlatformResponse): TokenRequestRefused {
  const parsed = schema.safeParse(parseJson(body));
  const error = parsed.success ? harmless(parsed.data.error) : undefined;
  const words = parsed.success
    ? [error, parsed.data.error_description].filter(Boolean).join(': ')
    : readable(body);
  return new TokenRequestRefused(
    `The platform refused our token request with ${status}${words === '' ? '' : ` (${harmless(words)})`}. ` +
      'Check the client id, the token URL and audience, and that the platform can fetch our key set.',
    error,
    parseRetryAfter(headers, receivedAt),
    undefined,
    status,
  );
}
