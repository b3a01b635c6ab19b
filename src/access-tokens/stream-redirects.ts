import { REDIRECTS } from '../platform-http/exchange.js';
import { platformHttpErrors } from '../platform-http/platform-http.errors.js';
import {
  type PlatformResponse,
  type PlatformStream,
  type PlatformStreamRequest,
} from '../platform-http/platform-request.js';

const MAX_REDIRECTS = 5;

/**
 * Follows the redirects of an answer.
 *
 * @param send requests the URL of a redirect
 * @throws {PlatformAnswerInvalid} `platform_redirect_refused`: too many, or one without a URL
 */
export async function followRedirects(
  first: PlatformStream,
  send: (url: string) => Promise<PlatformStream>,
): Promise<PlatformStream> {
  let answer = first;
  for (let redirects = 0; REDIRECTS.has(answer.status); redirects += 1) {
    discard(answer);
    const { location = '' } = answer.headers;
    const isUsable = redirects < MAX_REDIRECTS && location !== '' && URL.canParse(location, answer.url);
    if (!isUsable) throw platformHttpErrors.redirectRefused(new URL(answer.url), location);
    answer = await send(new URL(location, answer.url).href);
  }
  return answer;
}

/** For another host than the platform's: neither the body nor the headers of the caller. */
export function withoutSecrets(request: PlatformStreamRequest): PlatformStreamRequest {
  const { accept = '*/*' } = request.headers ?? {};
  const bare = { ...request, headers: { accept } };
  delete bare.body;
  return bare;
}

/** An answer that is not read would keep its slot. */
export function discard({ body }: PlatformResponse | PlatformStream): void {
  if (typeof body !== 'string') body.on('error', () => undefined).destroy();
}
