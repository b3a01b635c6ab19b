import { z } from 'zod';
import { harmless, readable } from '../../common/platform-words.js';
import { parseJson } from '../../access-tokens/token-response.js';
import { type PlatformResponse } from '../../platform-http/platform-request.js';
import { type UserGrantProvider } from '../providers/user-grant-provider.schema.js';

/** RFC 6749 5.2 */
const schema = z.object({
  error: z.string().max(200),
  // The error code is used even if the description cannot be read.
  error_description: z.string().nullish().catch(undefined),
});

const ABOUT_CLIENT: readonly string[] = ['invalid_client', 'unauthorized_client'];

/** The reason for a 4xx answer of a token endpoint. */
export interface TokenRefusal {
  about: 'client' | 'grant' | 'request';
  /** The platform's own, without what we have sent. */
  words: string;
}

/** @param secrets the sent secrets, which are removed because platforms quote them */
export function readRefusal(
  { status, body }: PlatformResponse,
  { endings }: Pick<UserGrantProvider, 'endings'>,
  secrets: readonly string[],
): TokenRefusal {
  const parsed = schema.safeParse(parseJson(body));
  const { error, error_description: description } = parsed.success
    ? parsed.data
    : { error: undefined, error_description: undefined };
  const said = parsed.success ? [error, description].filter(Boolean).join(': ') : readable(body);
  const words = harmless(without(secrets, said));
  const isEnding = endings.some(
    (ending) =>
      ending.status === status &&
      ending.error === error &&
      (ending.description === undefined || (description ?? '').includes(ending.description)),
  );
  if (isEnding) return { about: 'grant', words };
  const isClient = error === undefined ? status === 401 : ABOUT_CLIENT.includes(error);
  return { about: isClient ? 'client' : 'request', words };
}

function without(secrets: readonly string[], words: string): string {
  return secrets
    .filter((secret) => secret !== '')
    .reduce((text, secret) => text.replaceAll(secret, '(secret)'), words);
}
