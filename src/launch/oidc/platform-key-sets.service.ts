import { Inject, Injectable, Logger } from '@nestjs/common';
import { type KeyObject } from 'node:crypto';
import { Clock } from '../../common/clock.js';
import { PlatformHttp } from '../../platform-http/platform-http.service.js';
import { cacheLifeMs } from './cache-life.js';
import { PlatformKeysUnavailable } from './id-token.errors.js';
import { PlatformKeySet } from './platform-key-set.js';

/** Where the keys of a platform are, and which of them is wanted. */
export interface WantedKey {
  jwksUrl: string;
  kid: string;
  algorithm: string;
}

const FETCH_TIMEOUT_MS = 5000;
const MAX_CHARACTERS = 1024 * 1024;
/** So long nobody's unknown kid makes us ask again. */
const COOLDOWN_MS = 30_000;
/** After a failure: those who come meanwhile do not wait for the same. */
const RETRY_MS = 5000;
/** Longer than any outage that is still one. */
const MAX_STALE_MS = 7 * 86_400_000;
const MAX_KEY_SETS = 10_000;

interface Entry {
  keySet?: PlatformKeySet;
  fetchedAtMs: number;
  freshUntilMs: number;
  /** When it was last asked for, well or not. */
  askedAtMs: number;
  failure?: unknown;
  fetching?: Promise<void>;
}

/**
 * The key sets of all platforms, in memory: each process asks a platform once, and again when the set is old or a key is
 * missing in it. Launches go on with the old set while the platform does not answer.
 */
@Injectable()
export class PlatformKeySets {
  private readonly logger = new Logger(PlatformKeySets.name);
  /** By URL; the one that was used last stands last. */
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly http: PlatformHttp,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * The key, or undefined when the platform has none of this id.
   *
   * @throws PlatformKeysUnavailable when there is no key set at all
   */
  async find({ jwksUrl, kid, algorithm }: WantedKey): Promise<KeyObject | undefined> {
    const entry = this.entryOf(jwksUrl);
    const nowMs = this.clock.nowMs();
    if (entry.keySet === undefined || nowMs >= entry.freshUntilMs || nowMs < entry.fetchedAtMs) {
      const refreshed = this.refresh(jwksUrl, entry, entry.failure === undefined ? 0 : RETRY_MS);
      // In an outage nobody waits to hear of it once more.
      if (entry.keySet === undefined || entry.failure === undefined) await refreshed;
    }
    const key = this.usable(entry, jwksUrl).find(kid, algorithm);
    if (key !== undefined) return key;
    // Platforms change their keys (Brightspace hourly): an unknown one may be new.
    await this.refresh(jwksUrl, entry, COOLDOWN_MS);
    return this.usable(entry, jwksUrl).find(kid, algorithm);
  }

  private usable(entry: Entry, jwksUrl: string): PlatformKeySet {
    const { keySet, fetchedAtMs, askedAtMs, failure } = entry;
    if (keySet !== undefined && this.clock.nowMs() - fetchedAtMs <= MAX_STALE_MS) return keySet;
    const reason = failure instanceof Error ? failure.message : 'it has not answered yet.';
    throw new PlatformKeysUnavailable(jwksUrl, reason, new Date(askedAtMs + RETRY_MS), { cause: failure });
  }

  /** One for all who want it. It goes on when they do not wait any more, and asks no oftener than it may. */
  private refresh(jwksUrl: string, entry: Entry, pauseMs: number): Promise<void> {
    if (entry.fetching !== undefined) return entry.fetching;
    const sinceMs = this.clock.nowMs() - entry.askedAtMs;
    // Below zero where the machine's clock was set back.
    if (sinceMs >= 0 && sinceMs < pauseMs) return Promise.resolve();
    entry.fetching = this.fetch(jwksUrl, entry).finally(() => {
      delete entry.fetching;
    });
    return entry.fetching;
  }

  private async fetch(jwksUrl: string, entry: Entry): Promise<void> {
    entry.askedAtMs = this.clock.nowMs();
    try {
      const { status, headers, body } = await this.http.send({
        method: 'GET',
        url: jwksUrl,
        headers: { accept: 'application/jwk-set+json, application/json' },
        timeoutMs: FETCH_TIMEOUT_MS,
        // Students wait for it, also while the platform has syncs and scores wait.
        urgency: 'urgent',
        outsideLimits: true,
      });
      if (status !== 200) throw new Error(`It answered ${status}.`);
      if (body.length > MAX_CHARACTERS) throw new Error('It is larger than a key set can be.');
      entry.keySet = keySetIn(body);
      entry.fetchedAtMs = this.clock.nowMs();
      entry.freshUntilMs = entry.fetchedAtMs + cacheLifeMs(headers);
      delete entry.failure;
    } catch (error) {
      entry.failure = error;
      // From its end: one that hangs takes as long as the pause.
      entry.askedAtMs = this.clock.nowMs();
      this.logger.warn(
        `The key set at ${jwksUrl} cannot be read${entry.keySet === undefined ? '' : '; launches go on with the one before'}: ` +
          (error instanceof Error ? error.message : String(error)),
      );
    }
  }

  private entryOf(jwksUrl: string): Entry {
    const entry = this.entries.get(jwksUrl) ?? { fetchedAtMs: 0, freshUntilMs: 0, askedAtMs: -Infinity };
    this.entries.delete(jwksUrl);
    this.entries.set(jwksUrl, entry);
    const [oldest] = this.entries.keys();
    if (this.entries.size > MAX_KEY_SETS && oldest !== undefined) this.entries.delete(oldest);
    return entry;
  }
}

function keySetIn(body: string): PlatformKeySet {
  try {
    return PlatformKeySet.parse(body);
  } catch (cause) {
    throw new Error('It is no key set (RFC 7517).', { cause });
  }
}
