import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { createHash } from 'node:crypto';
import { DataSource } from 'typeorm';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';

/** What a nonce is of: one of ours that a platform has signed, or a platform's own. */
export type NonceKind = 'lti13' | 'lti11';

const REMOVED_AT_ONCE = 10_000;

/** What may be used once only, by whichever process: the nonces of launches. */
@Injectable()
export class UsedNonceRepository {
  constructor(@InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource) {}

  /**
   * Uses it up.
   *
   * @param parts what makes it one, such as the consumer and its nonce
   * @param expiresAt from when on it would be refused for its age anyway
   * @returns whether it was fresh: of many who ask at once, one is told so
   */
  async use(kind: NonceKind, parts: readonly string[], expiresAt: Date): Promise<boolean> {
    const rows = await this.dataSource.query<unknown[]>(
      `INSERT INTO nest_lti.used_nonce (digest, expires_at) VALUES ($1, $2)
       ON CONFLICT (digest) DO NOTHING RETURNING 1`,
      [digestOf(kind, parts), expiresAt],
    );
    return rows.length === 1;
  }

  /** Whether it was used, and not so long ago that this is forgotten. */
  async isUsed(kind: NonceKind, parts: readonly string[]): Promise<boolean> {
    const rows = await this.dataSource.query<unknown[]>(
      'SELECT 1 FROM nest_lti.used_nonce WHERE digest = $1',
      [digestOf(kind, parts)],
    );
    return rows.length === 1;
  }

  /** Forgets those that nobody can use any more. */
  async purge(now: Date): Promise<void> {
    for (let removed = REMOVED_AT_ONCE; removed === REMOVED_AT_ONCE;) {
      [, removed] = await this.dataSource.query<[unknown[], number]>(
        `DELETE FROM nest_lti.used_nonce WHERE digest IN (
           SELECT digest FROM nest_lti.used_nonce WHERE expires_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`,
        [now, REMOVED_AT_ONCE],
      );
    }
  }
}

/** JSON, so that no part can run into the next. */
function digestOf(kind: NonceKind, parts: readonly string[]): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([kind, ...parts]))
    .digest();
}
