import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { PlatformHttpService } from '../../platform-http/platform-http.service.js';
import { cacheLifeMs } from './cache-life.js';
import { PlatformKeySet } from './platform-key-set.js';
import { launchErrors } from '../launch.errors.js';

const FETCH_TIMEOUT_MS = 5000;
const MAX_CHARACTERS = 1024 * 1024;
/** If tokens do not match the keys in memory, a platform gets this many fetches at once, and then one in each interval. */
const REFETCHES_AT_ONCE = 3;
const REFETCH_INTERVAL_MS = 30_000;
/** The pause after a failed fetch. Launches do not wait for another one until then. */
const RETRY_MS = 5000;
/** How long a key set serves while the platform does not answer. */
const MAX_STALE_MS = 7 * 86_400_000;
const MAX_KEY_SETS = 10_000;

interface Entry {
  keySet?: PlatformKeySet;
  fetchedAtMs: number;
  freshUntilMs: number;
  /** Time of the last fetch, with or without success. */
  askedAtMs: number;
  /** Each refetch adds one interval. If this is too far in the future, there is no further refetch. */
  refetchesPaidUntilMs: number;
  failure?: unknown;
  fetching?: Promise<void>;
}

/**
 * A stale-if-error cache of the platforms' key sets: each process fetches a set once, and again when the set is old or does not
 * match a token. While the platform does not answer, the old set serves.
 */
@Injectable()
export class PlatformKeySetService {
  private readonly logger = new Logger(PlatformKeySetService.name);
  /** By URL, the least recently used first. */
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly http: PlatformHttpService,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * The cached key set of the platform. It is fetched first if it is missing or old.
   *
   * @throws {Unavailable} `platform_keys_unavailable` if there is no key set at all
   */
  async get(jwksUrl: string): Promise<PlatformKeySet> {
    const entry = this.entryOf(jwksUrl);
    const nowMs = this.clock.nowMs();
    if (entry.keySet === undefined || nowMs >= entry.freshUntilMs || nowMs < entry.fetchedAtMs) {
      const refreshed = this.refresh(jwksUrl, entry, entry.failure === undefined ? 0 : RETRY_MS);
      // After a failed fetch, launches use the old key set and do not wait for the next fetch.
      if (entry.keySet === undefined || entry.failure === undefined) await refreshed;
    }
    return this.usable(entry, jwksUrl);
  }

  /**
   * For a token that `present` does not match. Platforms change their keys (Brightspace hourly), and after a restore from a backup
   * also under the same kid (OIDC Core 10.1.1). Forged tokens look the same, so the number of fetches is bounded.
   *
   * @returns a key set that was fetched after `present`; undefined if there is none and it is too early for a fetch
   */
  async newerThan(present: PlatformKeySet, jwksUrl: string): Promise<PlatformKeySet | undefined> {
    const entry = this.entryOf(jwksUrl);
    if (entry.fetching !== undefined) await entry.fetching;
    if (entry.keySet === present && this.mayRefetch(entry)) await this.refresh(jwksUrl, entry, 0);
    return entry.keySet === present ? undefined : entry.keySet;
  }

  /** Counts the refetch that it allows. */
  private mayRefetch(entry: Entry): boolean {
    const nowMs = this.clock.nowMs();
    const sinceMs = nowMs - entry.askedAtMs;
    if (entry.failure !== undefined && sinceMs >= 0 && sinceMs < RETRY_MS) return false;
    const aheadMs = entry.refetchesPaidUntilMs - nowMs;
    const boundMs = (REFETCHES_AT_ONCE - 1) * REFETCH_INTERVAL_MS;
    // It is far beyond the bound if the machine's clock was set back.
    if (aheadMs > boundMs && aheadMs <= boundMs + REFETCH_INTERVAL_MS) return false;
    const spentMs = aheadMs > boundMs ? 0 : Math.max(0, aheadMs);
    entry.refetchesPaidUntilMs = nowMs + spentMs + REFETCH_INTERVAL_MS;
    return true;
  }

  private usable(entry: Entry, jwksUrl: string): PlatformKeySet {
    const { keySet, fetchedAtMs, askedAtMs, failure } = entry;
    if (keySet !== undefined && this.clock.nowMs() - fetchedAtMs <= MAX_STALE_MS) return keySet;
    const reason = failure instanceof Error ? failure.message : 'it has not answered yet.';
    throw launchErrors.platformKeysUnavailable(jwksUrl, reason, new Date(askedAtMs + RETRY_MS), {
      cause: failure,
    });
  }

  /** One fetch for all callers, at least `pauseMs` after the last one. It continues if they stop waiting. */
  private refresh(jwksUrl: string, entry: Entry, pauseMs: number): Promise<void> {
    if (entry.fetching !== undefined) return entry.fetching;
    const sinceMs = this.clock.nowMs() - entry.askedAtMs;
    // Negative if the machine's clock was set back.
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
        service: 'key_set',
        method: 'GET',
        url: jwksUrl,
        headers: { accept: 'application/jwk-set+json, application/json' },
        timeoutMs: FETCH_TIMEOUT_MS,
        // A student waits for it, so it does not queue behind syncs and scores.
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
      // The pause begins at the end of the fetch: a fetch that hangs takes as long as the pause.
      entry.askedAtMs = this.clock.nowMs();
      this.logger.warn(
        `The key set at ${jwksUrl} cannot be read${entry.keySet === undefined ? '' : '; launches use the cached copy'}: ` +
          (error instanceof Error ? error.message : String(error)),
      );
    }
  }

  private entryOf(jwksUrl: string): Entry {
    const entry = this.entries.get(jwksUrl) ?? {
      fetchedAtMs: 0,
      freshUntilMs: 0,
      askedAtMs: -Infinity,
      refetchesPaidUntilMs: -Infinity,
    };
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
    throw new Error('It is not a key set (RFC 7517).', { cause });
  }
}
