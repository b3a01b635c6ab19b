import { type Endpoint } from '../platform/endpoint.js';
import { type Answer, jsonAnswer } from '../http/http-exchange.js';
import { type PlatformState } from '../platform/platform-state.js';

/** The platform's public keys, for tools. */
export class KeySetEndpoint implements Endpoint {
  readonly faultTarget = 'jwks';
  readonly #platform: PlatformState;

  constructor(platform: PlatformState) {
    this.#platform = platform;
  }

  matches(path: string): boolean {
    return path === this.#platform.family.paths.jwks;
  }

  countRequest(): void {
    this.#platform.counters.counts.platformKeyFetches += 1;
  }

  courseOf(): undefined {
    return undefined;
  }

  async answer(): Promise<Answer> {
    const { keys, keySetCacheControl } = this.#platform;
    const caching: Record<string, string> =
      keySetCacheControl === undefined ? {} : { 'cache-control': keySetCacheControl };
    return jsonAnswer(200, await keys.keySet(), caching);
  }

  unauthorized(): Answer {
    return jsonAnswer(401, { error: 'unauthorized' });
  }
}
