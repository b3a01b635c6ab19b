import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { PlatformHttpService } from '../../platform-http/platform-http.service.js';
import { cacheLifeMs } from './cache-life.js';
import { PlatformKeySet } from './platform-key-set.js';
import { launchErrors } from '../launch.errors.js';

const FETCH_TIMEOUT_MS = 5000;
const MAX_CHARACTERS = 1024 * 1024;
/** Tokens that the keys in memory do not fit cost a platform this many fetches at once, and then one in each interval. */
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
  /** When it was last asked for, with or without success. */
  askedAtMs: number;
  /** Each refetch moves this on by an interval; when it lies too far ahead, there is no further one. */
  refetchesPaidUntilMs: number;
  failure?: unknown;
  fetching?: Promise<void>;
}

/**
 * The key sets of all platforms, in memory: each process fetches a platform's set once, and again when the set is old or does
 * not fit a token. Launches go on with the old set while the platform does not answer.
 */
@Injectable()
export class PlatformKeySetService {
  private readonly logger = new Logger(PlatformKeySetService.name);
  /** By URL; the one that was used last stands last. */
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly http: PlatformHttpService,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * The platform's present key set, as far as it is known here.
   *
   * @throws {Unavailable} `platform_keys_unavailable` if there is no key set at all
   */
  async get(jwksUrl: string): Promise<PlatformKeySet> {
    const entry = this.entryOf(jwksUrl);
    const nowMs = this.clock.nowMs();
    if (entry.keySet === undefined || nowMs >= entry.freshUntilMs || nowMs < entry.fetchedAtMs) {
      const refreshed = this.refresh(jwksUrl, entry, entry.failure === undefined ? 0 : RETRY_MS);
      // In an outage no launch waits for one more failure.
      if (entry.keySet === undefined || entry.failure === undefined) await refreshed;
    }
    return this.usable(entry, jwksUrl);
  }

  /**
   * For a token that `present` does not fit: platforms change their keys (Brightspace hourly), also under the same kid when
   * they were restored from a backup (OIDC Core 10.1.1). Forged tokens look the same, so this is bounded.
   *
   * @returns a key set that was fetched after `present`; undefined when there is none and it is too early to fetch one
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
    // Far beyond the bound where the machine's clock was set back.
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

  /** One fetch for all callers, at least `pauseMs` after the last one. It goes on when they do not wait any more. */
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
