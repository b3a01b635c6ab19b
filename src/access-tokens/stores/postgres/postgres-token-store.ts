import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { type DataSource } from 'typeorm';
import { answerWithin } from '../../../common/bounded-wait.js';
import { SingleFlight } from '../../../common/single-flight.js';
import { reasonOf } from '../../../database/database.errors.js';
import { type AccessToken, type AccessTokenKey } from '../../access-token.js';
import { TokenStoreUnavailable } from '../../access-token.errors.js';
import { type TokenCipher } from '../../token-cipher.js';
import { ChangeListeners } from '../change-listeners.js';
import { TokenCodec } from '../token-codec.js';
import {
  type Lease,
  type LeaseRequest,
  type RenewalFailure,
  type StoredAccess,
  type StoredAccessInfo,
  type TokenStore,
} from '../token-store.js';
import {
  type AccessTokenListRow,
  type AccessTokenRow,
  type EncryptedTokenRow,
  statements,
} from './access-token-statements.js';
import { ChangeFeed, type FeedTimes } from './change-feed.js';

/** The row of a token that claims a longer life is removed after this time. */
const LONGEST_LIFE_MS = 366 * 24 * 3_600_000;
const REENCRYPTION_BATCH = 200;
/** How long the close waits for re-encryptions in progress. */
const CLOSE_TIMEOUT_MS = 2000;

/**
 * The token store in the tool's own database, for all processes.
 *
 * Leases run by the database's clock. No lock and no transaction is held longer than a statement, so `dataSource` may connect
 * through a transaction-pooling proxy. LISTEN does not work through such a proxy, so it connects by `directUrl`.
 */
export class PostgresTokenStore implements TokenStore {
  readonly shared = true;
  private readonly listeners = new ChangeListeners();
  private readonly codec: TokenCodec;
  private readonly feed: ChangeFeed;
  private readonly reencrypting = new SingleFlight<unknown>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: TokenCipher,
    directUrl: string,
    times?: FeedTimes,
  ) {
    this.codec = new TokenCodec(cipher, 'Postgres');
    this.feed = new ChangeFeed(directUrl, this.listeners, times);
  }

  async now(): Promise<Date> {
    const [row] = await this.ask<{ now_ms: string }>(statements.now, []);
    if (row === undefined) throw new TokenStoreUnavailable('it did not return its time');
    return new Date(Number(row.now_ms));
  }

  async get(key: AccessTokenKey): Promise<StoredAccess | undefined> {
    const [row] = await this.ask<AccessTokenRow>(statements.get, [key.id]);
    if (row === undefined) return undefined;
    const { sealed_token: encrypted, token_facts: facts, failure } = row;
    if (encrypted !== null && !this.cipher.isCurrent(encrypted)) this.reencryptLater(key.id, encrypted);
    return this.codec.read(key, [encrypted, facts, failure]);
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
    const { encrypted, facts } = this.codec.write(key, token);
    const lifeMs = Math.min(
      Math.max(token.expiresAt.getTime() - token.issuedAt.getTime(), 0),
      LONGEST_LIFE_MS,
    );
    return this.change(statements.commit, [key.id, id, encrypted, token.hash, facts, lifeMs]);
  }

  fail({ key, id }: Lease, failure: RenewalFailure): Promise<boolean> {
    return this.change(statements.fail, [key.id, id, this.codec.writeFailure(failure)]);
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
      this.codec.readListed({
        keyId: row.key_id,
        registrationId,
        hash: row.token_hash,
        facts: row.token_facts,
        failure: row.failure,
        holder: row.lease_holder,
      }),
    );
  }

  onChange(listener: (keyId: string | undefined) => void): () => void {
    const end = this.listeners.add(listener);
    this.feed.start();
    return end;
  }

  async close(): Promise<void> {
    await this.feed.close();
    await answerWithin(CLOSE_TIMEOUT_MS, this.reencrypting.settled());
  }

  /**
   * Encrypts every stored token with the first key of the ring. A token that our keys do not decrypt stays as it is, and the
   * cipher logs a warning.
   *
   * @returns how many tokens were re-encrypted
   */
  async reencryptAll(): Promise<number> {
    let count = 0;
    for (let last = ''; ;) {
      const rows = await this.ask<EncryptedTokenRow>(statements.encrypted, [last, REENCRYPTION_BATCH]);
      for (const { key_id: id, sealed_token: encrypted } of rows) {
        last = id;
        if (this.cipher.isCurrent(encrypted)) continue;
        if (await this.reencrypt(id, encrypted)) count += 1;
      }
      if (rows.length < REENCRYPTION_BATCH) return count;
    }
  }

  /** Logs show neither the URL of the database nor the keys. */
  [inspect.custom](): string {
    return 'PostgresTokenStore';
  }

  /** Tokens in use move to the new key in the background. After a failure the next reader tries again. */
  private reencryptLater(keyId: string, encrypted: string): void {
    this.reencrypting.run(keyId, () => this.reencrypt(keyId, encrypted)).catch(() => undefined);
  }

  private async reencrypt(id: string, encrypted: string): Promise<boolean> {
    const value = this.cipher.decrypt({ id }, encrypted);
    if (value === undefined) return false;
    return this.change(statements.reencrypt, [id, encrypted, this.cipher.encrypt({ id }, value)]);
  }

  private async change(statement: string, parameters: readonly unknown[]): Promise<boolean> {
    return (await this.ask(statement, parameters)).length > 0;
  }

  /** @throws TokenStoreUnavailable, also when the database refuses the statement, because the store does not work then */
  private async ask<Row>(statement: string, parameters: readonly unknown[]): Promise<Row[]> {
    try {
      return await this.dataSource.query<Row[]>(statement, [...parameters]);
    } catch (cause) {
      throw new TokenStoreUnavailable(reasonOf(cause), { cause });
    }
  }
}
