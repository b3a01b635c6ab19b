import { Inject, Injectable, Logger } from '@nestjs/common';
import pLimit from 'p-limit';
import { answerWithin, LATE } from '../common/bounded-wait.js';
import { Clock } from '../common/clock.js';
import { type Page } from '../common/page.schema.js';
import { LtiConfig } from '../config/lti-config.js';
import { type Registration } from '../registrations/registration.entity.js';
import { RegistrationService } from '../registrations/registration.service.js';
import { freshUntilMs } from './access-token.js';
import { accessTokenErrors, TokenStoreUnavailable, unavailableBy } from './access-token.errors.js';
import { type StoredAccessInfo, TokenStore } from './stores/token-store.js';
import { type TokenQuery, type TokenStatus } from './token.schema.js';

/** A user waits for the page. The store's own time-outs may be longer. */
const TIMEOUT_MS = 2000;
/** The number of registrations that are read at once. It is small, so that calls with tokens are not slowed down. */
const CONCURRENCY = 4;

/** A stored access token as an operator may see it: without the token. */
export interface StoredToken {
  /** The registration that the token belongs to. */
  registration: Pick<Registration, 'id' | 'name'>;
  /** The status at the time of the query. */
  status: TokenStatus;
  /** The entry of the store. */
  info: StoredAccessInfo;
}

/**
 * The contents of the token store, for operators. Without a store the list is empty.
 *
 * @example
 * const { items } = await storedTokens.list({ limit: 50, order: 'desc' }, ({ info, status }) => ({ id: info.keyId, status }));
 */
@Injectable()
export class StoredTokens {
  private readonly logger = new Logger(StoredTokens.name);

  constructor(
    @Inject(TokenStore) private readonly store: TokenStore | null,
    private readonly registrations: RegistrationService,
    @Inject(LtiConfig) private readonly config: LtiConfig,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * All tokens of `limit` registrations, the newest registration first unless the query has another order.
   *
   * @throws {NotFound} `registration_not_found`; {Unavailable} `token_store_unavailable` (within 2 s)
   * @example
   * const { items } = await storedTokens.list({ registrationId, limit: 50, order: 'desc' }, ({ status }) => status);
   */
  async list<T>({ registrationId, ...page }: TokenQuery, view: (token: StoredToken) => T): Promise<Page<T>> {
    const { items: registrations, nextCursor } =
      registrationId === undefined
        ? await this.registrations.list(page, (registration) => registration)
        : { items: [await this.registrations.get(registrationId)], nextCursor: undefined };
    const { store } = this;
    if (store === null) return { items: [] };
    const limit = pLimit(CONCURRENCY);
    const found = await this.inTime(
      limit.map(registrations, async (registration) => {
        const infos = await store.list(registration.id);
        return infos.map((info) => view({ registration, status: this.statusOf(info), info }));
      }),
    ).finally(() => limit.clearQueue());
    return { items: found.flat(), ...(nextCursor !== undefined && { nextCursor }) };
  }

  /**
   * Deletes the present token and the remembered failure, so that the next call requests a token. A token that is renewed
   * meanwhile stays.
   *
   * @param keyId `AccessTokenKey.id`
   * @throws {NotFound} `token_not_found`; {Unavailable} `token_store_unavailable` (within 2 s)
   * @example
   * await storedTokens.forget(keyId);
   */
  async forget(keyId: string): Promise<void> {
    const { store } = this;
    if (store === null) throw accessTokenErrors.notFound(keyId);
    const registrationId = keyId.slice(0, keyId.indexOf(':'));
    const infos = await this.inTime(store.list(registrationId));
    const entry = infos.find((info) => info.keyId === keyId);
    if (entry?.token === undefined && entry?.failure === undefined) throw accessTokenErrors.notFound(keyId);
    await this.inTime(store.delete({ id: keyId, registrationId }, entry.token?.hash));
  }

  private statusOf(info: StoredAccessInfo): TokenStatus {
    return tokenStateOf(info, this.clock.now(), this.config.accessTokens.margin);
  }

  private async inTime<T>(answer: Promise<T>): Promise<T> {
    try {
      const answered = await answerWithin(TIMEOUT_MS, answer);
      if (answered === LATE) throw new TokenStoreUnavailable('no answer in time');
      return answered;
    } catch (error) {
      const outage = unavailableBy(error);
      if (outage !== error) this.logger.warn(outage.message);
      throw outage;
    }
  }
}

/** The status of an entry, in one word. */
export function tokenStateOf(
  { token, failure, lease }: Pick<StoredAccessInfo, 'token' | 'failure' | 'lease'>,
  now: Date,
  maxMarginMs: number,
): TokenStatus {
  if (lease !== undefined) return 'renewing';
  if (token !== undefined && now.getTime() < freshUntilMs(token, maxMarginMs)) return 'fresh';
  if (failure !== undefined) return 'failing';
  return token === undefined ? 'none' : 'expired';
}
