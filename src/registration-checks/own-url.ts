import { LtiError } from '../common/lti-error.js';
import { UnsafeUrl } from '../common/url-policy.errors.js';
import { type PlatformHttpService } from '../platform-http/platform-http.service.js';
import { type PlatformResponse } from '../platform-http/platform-request.js';
import { failed, type Finding, skipped } from './check-step.js';

const TIMEOUT_MS = 10_000;

/** What the answer of a URL of our own, or the lack of one, shows. */
interface OwnUrlFindings {
  answered: (response: PlatformResponse) => Finding | Promise<Finding>;
  /** @param why a sentence: `It did not answer in time.` */
  unreachable: (why: string, details: Record<string, unknown>) => Finding;
}

/** Requests a URL below our public URL, as platforms and browsers do, but from this machine. */
export async function checkOwnUrl(
  http: PlatformHttpService,
  url: string,
  { answered, unreachable }: OwnUrlFindings,
  signal?: AbortSignal,
): Promise<Finding> {
  try {
    const response = await http.send({
      method: 'GET',
      url,
      headers: { accept: 'application/json' },
      timeoutMs: TIMEOUT_MS,
      urgency: 'urgent',
      outsideLimits: true,
      ...(signal !== undefined && { signal }),
    });
    return await answered(response);
  } catch (error) {
    if (error instanceof UnsafeUrl) return unfetched(url, error);
    if (error instanceof LtiError) return unreachable(error.message, { reason: error.code });
    throw error;
  }
}

/** A URL below our public URL that this machine does not fetch. */
function unfetched(url: string, { reason }: UnsafeUrl): Finding {
  if (reason === 'private_host' || url.startsWith('http:')) {
    return skipped(
      'public_url_private',
      `From this machine, ${url} leads to a private address or is plain http, so it was not fetched. In development this is fine. ` +
        'In production publicUrl (PUBLIC_URL) has to be the https URL that platforms reach: open it from outside your network.',
      'tool_operator',
      { url },
    );
  }
  return failed('public_url_unusable', 'tool_operator', `publicUrl (PUBLIC_URL) cannot be used: ${url}.`, {
    url,
  });
}
