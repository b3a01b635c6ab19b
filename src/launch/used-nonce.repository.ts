import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { createHash } from 'node:crypto';
import { DataSource } from 'typeorm';
import { type LaunchRefused } from '../common/reactions.errors.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';

/** `lti13`: a nonce of ours that a platform has signed. `lti11`: a nonce of the platform. */
export type NonceKind = 'lti13' | 'lti11';

const REMOVED_AT_ONCE = 10_000;

/** A nonce that the launch uses up together with the creation of its session. */
export interface UnusedNonce {
  digest: Buffer;
  /** The time from which the launch is refused as too old. */
  forgetAt: Date;
  /** The refusal of a launch whose nonce was used already. */
  refusal: () => LaunchRefused;
}

/** The used nonces of launches. A nonce can be used once, in any process: see `LaunchSessionService.create`. */
@Injectable()
export class UsedNonceRepository {
  constructor(@InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource) {}

  /** Whether the nonce was used and its row is still there. */
  async isUsed(kind: NonceKind, parts: readonly string[]): Promise<boolean> {
    const rows = await this.dataSource.query<unknown[]>(
      'SELECT 1 FROM nest_lti.used_nonce WHERE digest = $1',
      [nonceDigest(kind, parts)],
    );
    return rows.length === 1;
  }

  /** Deletes the rows of nonces whose launches are too old. */
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

/**
 * The key of a nonce's row.
 *
 * @param parts identify the nonce, such as the consumer and its nonce. JSON keeps them separate.
 */
export function nonceDigest(kind: NonceKind, parts: readonly string[]): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([kind, ...parts]))
    .digest();
}
