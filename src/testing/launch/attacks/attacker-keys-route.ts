import { type Answer, jsonAnswer } from '../../http/http-exchange.js';
import { type PlainRoute } from '../../platform/platform-server.js';
import { type PlatformState } from '../../platform/platform-state.js';

export const attackerKeysPath = '/_attacker/jwks.json';

/** The key set that a forged token names as its own (`jku`). A tool must not fetch it: see `counts.byPath`. */
export class AttackerKeysRoute implements PlainRoute {
  readonly #platform: PlatformState;

  constructor(platform: PlatformState) {
    this.#platform = platform;
  }

  matches(path: string): boolean {
    return path === attackerKeysPath;
  }

  async answer(): Promise<Answer> {
    return jsonAnswer(200, await this.#platform.keys.foreignKeySet());
  }
}
