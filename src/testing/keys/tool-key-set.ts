import { type JWK } from 'jose';
import { type Clock } from '../../common/clock.js';
import { type Counters } from '../platform/counters.js';
import { jwksSchema } from './jwks.schema.js';
import { TokenRefused } from '../tokens/token.errors.js';

// A key set without an answer has to end in a refusal, not in a token request that hangs.
const fetchTimeoutMs = 5000;

/** A tool's public keys: given once, or fetched from the tool and cached until a key is missing, or for a time. */
export class ToolKeySet {
  #keys: readonly JWK[] | undefined;
  readonly #url: string | undefined;
  readonly #counters: Counters;
  readonly #clock: Clock;
  readonly #keepForMs: number | undefined;
  #fetchedAt = 0;

  constructor(
    source: {
      jwksUrl?: string | undefined;
      jwks?: { keys: JWK[] } | undefined;
      jwksCacheSeconds?: number | undefined;
    },
    counters: Counters,
    clock: Clock,
  ) {
    this.#keys = source.jwks?.keys;
    this.#url = source.jwksUrl;
    this.#counters = counters;
    this.#clock = clock;
    this.#keepForMs = source.jwksCacheSeconds === undefined ? undefined : source.jwksCacheSeconds * 1000;
  }

  /**
   * The key with this id, or undefined. The key set is fetched when the cache does not have the id.
   * @throws {TokenRefused} `unreachable_key_set` when it cannot be fetched or read.
   */
  async find(kid: string, { refetchWithoutAlg }: { refetchWithoutAlg: boolean }): Promise<JWK | undefined> {
    const atHand = this.#keys?.find((key) => key.kid === kid);
    const usable = atHand !== undefined && (atHand.alg !== undefined || !refetchWithoutAlg);
    if (this.#url === undefined) return atHand;
    const isKept = this.#clock.nowMs() - this.#fetchedAt < (this.#keepForMs ?? Infinity);
    // With a time given, not even a missing key makes the platform read the key set sooner.
    if (isKept && (usable || (this.#keepForMs !== undefined && this.#keys !== undefined))) return atHand;
    this.#keys = await this.#fetch(this.#url);
    this.#fetchedAt = this.#clock.nowMs();
    return this.#keys.find((key) => key.kid === kid);
  }

  async #fetch(url: string): Promise<readonly JWK[]> {
    this.#counters.counts.jwksFetches += 1;
    try {
      const response = await fetch(url, {
        headers: { accept: 'application/json' },
        redirect: 'error',
        signal: AbortSignal.timeout(fetchTimeoutMs),
      });
      const body: unknown = await response.json();
      if (!response.ok) throw new TokenRefused('unreachable_key_set', `HTTP ${response.status}`);
      return jwksSchema.parse(body).keys;
    } catch (error) {
      throw new TokenRefused('unreachable_key_set', `The key set at ${url} cannot be read: ${String(error)}`);
    }
  }
}
