import { Inject, Injectable, Logger } from '@nestjs/common';
import pLimit from 'p-limit';
import { Clock } from '../common/clock.js';
import { type Page } from '../common/page.schema.js';
import { LtiConfig } from '../config/lti-config.js';
import { type Registration } from '../registrations/registration.entity.js';
import { RegistrationService } from '../registrations/registration.service.js';
import { type StoredAccessInfo, TokenStore } from './stores/token-store.js';
import { tokenStateOf } from './token-state.js';
import { TokenNotFound, TokenStoreUnavailable, unavailableBy } from './stores/token-store.errors.js';
import { type TokenQuery, type TokenState } from './token.schema.js';

/** Somebody waits for a page of ours; the store's own time-outs may be longer. */
const PATIENCE_MS = 2000;
/** Registrations that the store is asked about at a time: few, so that token users hardly notice. */
const CONCURRENCY = 4;

/** A stored access token as its owner may see it. */
export interface StoredToken {
  registration: Pick<Registration, 'id' | 'name'>;
  state: TokenState;
  info: StoredAccessInfo;
}

/** What the token store holds, for operators: to look at, and to forget. Without a store there is nothing. */
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
   * All tokens of `limit` registrations, the oldest registration first.
   *
   * @throws RegistrationNotFound, TokenStoreUnavailable (within 2 s)
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
        return infos.map((info) => view({ registration, state: this.stateOf(info), info }));
      }),
    ).finally(() => limit.clearQueue());
    return { items: found.flat(), ...(nextCursor !== undefined && { nextCursor }) };
  }

  /**
   * Forgets the token that is there now, and a remembered failure with it: the next call asks the platform. A token that
   * was renewed meanwhile stays.
   *
   * @param keyId `AccessTokenKey.id`
   * @throws TokenNotFound, TokenStoreUnavailable (within 2 s)
   */
  async forget(keyId: string): Promise<void> {
    const { store } = this;
    if (store === null) throw new TokenNotFound(keyId);
    const registrationId = keyId.slice(0, keyId.indexOf(':'));
    const infos = await this.inTime(store.list(registrationId));
    const entry = infos.find((info) => info.keyId === keyId);
    if (entry?.token === undefined && entry?.failure === undefined) throw new TokenNotFound(keyId);
    await this.inTime(store.delete({ id: keyId, registrationId }, entry.token?.hash));
  }

  private stateOf(info: StoredAccessInfo): TokenState {
    return tokenStateOf(info, this.clock.now(), this.config.accessTokens.margin);
  }

  private async inTime<T>(answer: Promise<T>): Promise<T> {
    const timeout = AbortSignal.timeout(PATIENCE_MS);
    const tooLate = new Promise<never>((_, reject) => {
      timeout.addEventListener('abort', () => reject(new TokenStoreUnavailable('no answer in time')), {
        once: true,
      });
    });
    try {
      return await Promise.race([answer, tooLate]);
    } catch (error) {
      const outage = unavailableBy(error);
      if (outage !== error) this.logger.warn(outage.message);
      throw outage;
    }
  }
}
