import { type Axios, AxiosHeaders, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import { type UrlPolicy } from '../common/url-policy.js';
import { type Exchange, type ExchangeAnswer, type ExchangeRequest } from './exchange.js';

/** axios' CommonJS types have its classes as values alone, so `Axios` cannot be written as a type. */
export type PlatformAxios = InstanceType<typeof Axios>;

export type UndiciAdapter<Body = string> = (
  config: InternalAxiosRequestConfig,
) => Promise<AxiosResponse<Body>>;

/**
 * An axios adapter over undici. It resolves with every status that the exchange does; it takes the URL, method, headers, data, `timeout` for the whole exchange, `maxContentLength` and `signal`, and knows nothing else of axios' settings.
 *
 * @param checked a URL that the policy has let through already. Any other is checked here: an interceptor may have changed it.
 */
export function undiciAdapter<Body>(
  exchange: Exchange<Body>,
  policy: UrlPolicy,
  checked?: URL,
): UndiciAdapter<Body> {
  return async (config) => {
    const url = config.url === checked?.href ? checked : undefined;
    const { body, ...answer } = await exchange(url ?? policy.check(config.url ?? ''), {
      method: (config.method ?? 'get').toUpperCase(),
      headers: config.headers.toJSON(true),
      body: config.data as ExchangeRequest['body'],
      timeoutMs: config.timeout ?? 0,
      maxResponseBytes: config.maxContentLength,
      signal: config.signal as AbortSignal | undefined,
    });
    return { ...answer, data: body, config };
  };
}

/** An exchange by way of axios and its interceptors. */
export async function exchangeThrough<Body>(
  axios: PlatformAxios,
  adapter: UndiciAdapter<Body>,
  url: URL,
  { body, timeoutMs, maxResponseBytes, ...request }: ExchangeRequest,
): Promise<ExchangeAnswer<Body>> {
  const answer = await axios.request<Body>({
    ...request,
    url: url.href,
    data: body,
    timeout: timeoutMs,
    ...(maxResponseBytes !== undefined && { maxContentLength: maxResponseBytes }),
    adapter,
  });
  const { status, statusText, data } = answer;
  const headers = AxiosHeaders.from(answer.headers as InstanceType<typeof AxiosHeaders>).toJSON(true);
  return { status, statusText, headers, body: data };
}
