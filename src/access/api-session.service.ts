import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { randomBytes } from 'node:crypto';
import { IsNull, LessThanOrEqual, MoreThan, Repository } from 'typeorm';
import { Clock } from '../common/clock.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { accessErrors } from './access.errors.js';
import { hashOfKey } from './api-key-hash.js';
import { ApiKey, type ApiKeyInfo } from './api-key.entity.js';
import { ApiKeyService } from './api-key.service.js';
import { ApiSession } from './api-session.entity.js';

/** How long a session lasts: a working day. */
export const SESSION_SECONDS = 12 * 3600;

/** A session that is valid now. */
export interface ValidSession {
  key: ApiKeyInfo;
  expiresAt: Date;
}

/** The sessions of browsers. A session can do what its API key can, and ends with it. Only hashes of tokens are stored. */
@Injectable()
export class ApiSessionService {
  constructor(
    @InjectRepository(ApiSession, LTI_DATA_SOURCE) private readonly sessions: Repository<ApiSession>,
    @InjectRepository(ApiKey, LTI_DATA_SOURCE) private readonly keys: Repository<ApiKey>,
    private readonly apiKeys: ApiKeyService,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Begins a session. The token is not stored: it goes into the cookie.
   *
   * @throws {AccessDenied} `api_key_rejected`
   */
  async create(apiKey: string): Promise<ValidSession & { token: string }> {
    const key = await this.apiKeys.authenticate(apiKey);
    const createdAt = this.clock.now();
    const expiresAt = new Date(createdAt.getTime() + SESSION_SECONDS * 1000);
    const token = randomBytes(32).toString('base64url');
    // Each sign-in deletes the expired sessions, so that their number stays small.
    await this.sessions.delete({ expiresAt: LessThanOrEqual(createdAt) });
    await this.sessions.insert({
      tokenHash: hashOfKey(token),
      keyHash: hashOfKey(apiKey),
      createdAt,
      expiresAt,
    });
    return { token, key, expiresAt };
  }

  /**
   * The session of a cookie, with its API key.
   *
   * @throws {AccessDenied} `session_expired`
   */
  async authenticate(token: string): Promise<ValidSession> {
    const session = await this.sessions.findOneBy({
      tokenHash: hashOfKey(token),
      expiresAt: MoreThan(this.clock.now()),
    });
    if (session === null) throw accessErrors.sessionExpired();
    const key = await this.keys.findOneBy({ keyHash: session.keyHash, revokedAt: IsNull() });
    if (key === null) throw accessErrors.sessionExpired();
    const { keyHash: _, ...info } = key;
    return { key: info, expiresAt: session.expiresAt };
  }

  /** Ends a session. Ending it again changes nothing. */
  async end(token: string): Promise<void> {
    await this.sessions.delete({ tokenHash: hashOfKey(token) });
  }
}
