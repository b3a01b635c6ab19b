import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { type DataSource } from 'typeorm';
import { answerWithin } from '../../../database/answer-within.js';
import { reasonOf } from '../../../database/database.errors.js';
import { writeFailure, writeTokenFacts } from '../access-entry.js';
import { AccessReader } from '../access-reader.js';
import { type AccessToken } from '../../access-token.js';
import { type AccessTokenKey } from '../../access-token-key.js';
import { ChangeListeners } from '../change-listeners.js';
import { listedInfo } from '../listed-info.js';
import {
  type Lease,
  type LeaseRequest,
  type RenewalFailure,
  type StoredAccess,
  type StoredAccessInfo,
  type TokenStore,
} from '../token-store.js';
import { type TokenSeal } from '../token-seal.js';
import { TokenStoreUnavailable } from '../token-store.errors.js';
import { type AccessTokenListRow, type AccessTokenRow, type SealedTokenRow } from './access-token-row.js';
import { statements } from './access-token-statements.js';
import { ChangeFeed, type FeedTimes } from './change-feed.js';

/** Longer lives than that are not believed when it comes to tidying up; an interval also has its bounds. */
const LONGEST_LIFE_MS = 366 * 24 * 3_600_000;
const RESEAL_BATCH = 200;
/** What is under way is waited for, but not a database that does not answer. */
const CLOSING_MS = 2000;

/**
 * Tokens in the tool's own database, for all of its processes.
 *
 * Leases run by the database's clock. No lock and no transaction outlives a statement, so that a transaction-pooling
 * proxy may stand before `dataSource`; `directUrl` is for LISTEN, and through such a proxy changes are told to nobody.
 */
export class PostgresTokenStore implements TokenStore {
  readonly shared = true;
  private readonly listeners = new ChangeListeners();
  private readonly reader: AccessReader;
  private readonly feed: ChangeFeed;
  private readonly resealing = new Map<string, Promise<void>>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly seal: TokenSeal,
    directUrl: string,
    times?: FeedTimes,
  ) {
    this.reader = new AccessReader(seal, 'Postgres');
    this.feed = new ChangeFeed(directUrl, this.listeners, times);
  }

  async now(): Promise<Date> {
    const [row] = await this.ask<{ now_ms: string }>(statements.now, []);
    if (row === undefined) throw new TokenStoreUnavailable('it does not say what time it is');
    return new Date(Number(row.now_ms));
  }

  async get(key: AccessTokenKey): Promise<StoredAccess | undefined> {
    const [row] = await this.ask<AccessTokenRow>(statements.get, [key.id]);
    if (row === undefined) return undefined;
    const { sealed_token: sealed, token_facts: facts, failure } = row;
    if (sealed !== null && !this.seal.isCurrent(sealed)) this.resealLater(key.id, sealed);
    return this.reader.read(key, [sealed, facts, failure]);
  }

  async acquire(key: AccessTokenKey, { termMs, holder }: LeaseRequest): Promise<Lease | undefined> {
    const id = randomUUID();
    const got = await this.change(statements.acquire, [key.id, id, key.registrationId, holder, termMs]);
    return got ? { key, id } : undefined;
  }

  extend({ key, id }: Lease, termMs: number): Promise<boolean> {
    return this.change(statements.extend, [key.id, id, termMs]);
  }

  commit({ key, id }: Lease, token: AccessToken): Promise<boolean> {
    const sealed = this.seal.seal(key, token.value);
    const lifeMs = Math.min(
      Math.max(token.expiresAt.getTime() - token.issuedAt.getTime(), 0),
      LONGEST_LIFE_MS,
    );
    const values = [sealed, token.hash, writeTokenFacts(token), lifeMs];
    return this.change(statements.commit, [key.id, id, ...values]);
  }

  fail({ key, id }: Lease, failure: RenewalFailure): Promise<boolean> {
    return this.change(statements.fail, [key.id, id, writeFailure(failure)]);
  }

  async release({ key, id }: Lease): Promise<void> {
    await this.change(statements.release, [key.id, id]);
  }

  delete({ id }: Pick<AccessTokenKey, 'id'>, tokenHash?: string): Promise<boolean> {
    return this.change(statements.delete, [id, tokenHash ?? null]);
  }

  async deleteRegistration(registrationId: string): Promise<void> {
    await this.change(statements.deleteRegistration, [registrationId]);
  }

  async list(registrationId: string): Promise<StoredAccessInfo[]> {
    const rows = await this.ask<AccessTokenListRow>(statements.list, [registrationId]);
    return rows.map((row) =>
      listedInfo(
        {
          keyId: row.key_id,
          registrationId,
          hash: row.token_hash,
          facts: row.token_facts,
          failure: row.failure,
          holder: row.lease_holder,
        },
        this.reader,
      ),
    );
  }

  onChange(listener: (keyId: string | undefined) => void): () => void {
    const end = this.listeners.add(listener);
    this.feed.start();
    return end;
  }

  async close(): Promise<void> {
    await this.feed.close();
    await answerWithin(CLOSING_MS, Promise.all(this.resealing.values()));
  }

  /**
   * Seals every token with the key that writes now. What does not open is left as it is, and warned of by the seal.
   *
   * @returns how many were sealed anew
   */
  async resealAll(): Promise<number> {
    let count = 0;
    for (let last = ''; ;) {
      const rows = await this.ask<SealedTokenRow>(statements.sealed, [last, RESEAL_BATCH]);
      for (const { key_id: id, sealed_token: sealed } of rows) {
        last = id;
        if (this.seal.isCurrent(sealed)) continue;
        if (await this.reseal(id, sealed)) count += 1;
      }
      if (rows.length < RESEAL_BATCH) return count;
    }
  }

  /** Into a log goes neither the way to the database nor the keys. */
  [inspect.custom](): string {
    return 'PostgresTokenStore';
  }

  /** So that tokens in use move to the new key by themselves; whoever reads waits for nothing. */
  private resealLater(keyId: string, sealed: string): void {
    if (this.resealing.has(keyId)) return;
    const resealing = this.reseal(keyId, sealed)
      // The next reader tries again.
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => this.resealing.delete(keyId));
    this.resealing.set(keyId, resealing);
  }

  private async reseal(id: string, sealed: string): Promise<boolean> {
    const value = this.seal.open({ id }, sealed);
    return value !== undefined && this.change(statements.reseal, [id, sealed, this.seal.seal({ id }, value)]);
  }

  private async change(statement: string, parameters: readonly unknown[]): Promise<boolean> {
    return (await this.ask(statement, parameters)).length > 0;
  }

  /** @throws TokenStoreUnavailable also where the database refuses the statement: the store does not work then either */
  private async ask<Row>(statement: string, parameters: readonly unknown[]): Promise<Row[]> {
    try {
      return await this.dataSource.query<Row[]>(statement, [...parameters]);
    } catch (cause) {
      throw new TokenStoreUnavailable(reasonOf(cause), { cause });
    }
  }
}
