import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { createHash, randomBytes } from 'node:crypto';
import { LessThan, Repository } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { LTI_DATA_SOURCE } from '../../database/lti-data-source.js';
import { orStoreUnavailable } from '../store-unavailable.js';
import { ConsentState } from './consent-state.entity.js';
import { consentErrors } from './consent.errors.js';

/** How long a consent may take. Codes of platforms expire after the same time. */
export const CONSENT_LIFE_MS = 10 * 60_000;
/** How long an expired state is kept, so that its error differs from the error for an unknown state. */
const KEPT_MS = 3_600_000;
/** 256 bits: RFC 6749 10.10 wants 128 at least. */
const STATE_BYTES = 32;
const MAX_STATE_LENGTH = 256;

/** The data of a new consent. */
export interface NewConsent {
  launchSessionId: string;
  browserSecret: string | undefined;
  redirectUri: string;
  scopes: readonly string[];
}

/** The states of consents in progress. Each can be used once, in any process. */
@Injectable()
export class ConsentStateRepository {
  constructor(
    @InjectRepository(ConsentState, LTI_DATA_SOURCE) private readonly states: Repository<ConsentState>,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** @returns the `state` parameter, of which only a hash is stored */
  async begin({ launchSessionId, browserSecret, redirectUri, scopes }: NewConsent): Promise<string> {
    const state = randomBytes(STATE_BYTES).toString('base64url');
    const createdAt = this.clock.now();
    const row: ConsentState = {
      digest: digestOf(state),
      launchSessionId,
      browserDigest: browserSecret === undefined ? null : digestOf(browserSecret),
      redirectUri,
      scopes: [...scopes],
      createdAt,
      expiresAt: new Date(createdAt.getTime() + CONSENT_LIFE_MS),
    };
    await orStoreUnavailable(this.clock, this.states.insert(row));
    return state;
  }

  /** Uses a state up: of many who bring it at once, one gets it. @throws {ConsentRefused} `user_grant_state_unknown`, `user_grant_state_expired` */
  async consume(state: string): Promise<ConsentState> {
    if (state.length > MAX_STATE_LENGTH) throw consentErrors.stateUnknown();
    const found = await orStoreUnavailable(this.clock, this.take(digestOf(state)));
    if (found === undefined) throw consentErrors.stateUnknown();
    if (found.expiresAt.getTime() <= this.clock.nowMs()) throw consentErrors.stateExpired();
    return found;
  }

  async purge(): Promise<void> {
    await this.states.delete({ expiresAt: LessThan(new Date(this.clock.nowMs() - KEPT_MS)) });
  }

  private async take(digest: Buffer): Promise<ConsentState | undefined> {
    const deleted = await this.states
      .createQueryBuilder()
      .delete()
      .where('digest = :digest', { digest })
      .returning('*')
      .execute();
    const [row] = deleted.raw as {
      launch_session_id: string;
      browser_digest: Buffer | null;
      redirect_uri: string;
      scopes: string[];
      created_at: Date;
      expires_at: Date;
    }[];
    return (
      row && {
        digest,
        launchSessionId: row.launch_session_id,
        browserDigest: row.browser_digest,
        redirectUri: row.redirect_uri,
        scopes: row.scopes,
        createdAt: row.created_at,
        expiresAt: row.expires_at,
      }
    );
  }
}

export function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
