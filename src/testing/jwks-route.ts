import { type Answer, jsonAnswer } from './http-exchange.js';
import { PlatformKeys } from './platform-keys.js';
import { type PlainRoute } from './platform-server.js';
import { type PlatformState } from './platform-state.js';

/** The platform's public keys, where a tool looks for them. */
export class JwksRoute implements PlainRoute {
  readonly #platform: PlatformState;
  readonly #keys = new PlatformKeys();

  constructor(platform: PlatformState) {
    this.#platform = platform;
  }

  matches(path: string): boolean {
    return path === this.#platform.family.paths.jwks;
  }

  async answer(): Promise<Answer> {
    return jsonAnswer(200, await this.#keys.keySet());
  }
}
