import { type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import { type Agent, type Dispatcher } from 'undici';
import { type UrlPolicy } from '../common/url-policy.js';
import { ExchangeDeadline } from './exchange-deadline.js';
import { PlatformTimeout, RedirectRefused } from './platform-http.errors.js';
import { discardBody, readBody } from './response-body.js';
import { explainFailure } from './transport-failure.js';

export interface UndiciAdapterOptions {
  agent: Agent;
  policy: UrlPolicy;
  maxResponseBytes: number;
}

/** `checked`: a URL that the policy has let through already. Any other is checked here: an interceptor may have changed it. */
export type UndiciAdapter = (
  config: InternalAxiosRequestConfig,
  checked?: URL,
) => Promise<AxiosResponse<string>>;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * An axios adapter over undici: twice as fast as axios' own. It resolves with every status but redirects; it takes the URL,
 * method, headers, a string as data, `timeout` for the whole exchange, and `signal`, and knows nothing else of axios' settings.
 */
export function undiciAdapter({ agent, policy, maxResponseBytes }: UndiciAdapterOptions): UndiciAdapter {
  return async (config, checked) => {
    const url = config.url === checked?.href ? checked : undefined;
    return exchange(url ?? policy.check(config.url ?? ''), config);
  };

  async function exchange(url: URL, config: InternalAxiosRequestConfig): Promise<AxiosResponse<string>> {
    const deadline = new ExchangeDeadline(config.timeout ?? 0, config.signal as AbortSignal | undefined);
    try {
      const answer = await agent.request({ ...requestOptions(url, config), signal: deadline });
      const headers = joinRepeated(answer.headers);
      if (REDIRECTS.has(answer.statusCode)) {
        discardBody(answer.body);
        throw new RedirectRefused(url, headers.location);
      }
      const data = await readBody(answer.body, headers['content-encoding'], maxResponseBytes);
      return { data, status: answer.statusCode, statusText: answer.statusText, headers, config };
    } catch (error) {
      if (deadline.timedOut) throw new PlatformTimeout(url, 'exchange', { cause: error });
      throw explainFailure(error, url, maxResponseBytes);
    } finally {
      deadline.clear();
    }
  }
}

function requestOptions(url: URL, config: InternalAxiosRequestConfig): Dispatcher.RequestOptions {
  return {
    origin: url.origin,
    path: url.pathname + url.search,
    method: (config.method ?? 'get').toUpperCase(),
    headers: config.headers.toJSON(true),
    body: (config.data as string | undefined) ?? null,
  };
}

function joinRepeated(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    joined[name] = Array.isArray(value) ? value.join(', ') : (value ?? '');
  }
  return joined;
}
