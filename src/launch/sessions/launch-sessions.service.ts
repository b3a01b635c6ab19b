import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { createHash, randomBytes } from 'node:crypto';
import { type DeepPartial, IsNull, Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../../common/clock.js';
import { LtiConfig } from '../../config/lti-config.js';
import { LTI_DATA_SOURCE } from '../../database/lti-data-source.js';
import { type LaunchContext } from '../context/launch-context.schema.js';
import { LaunchSession } from './launch-session.entity.js';
import { SessionTokens } from './session-tokens.js';
import { launchSessionErrors } from './launch-session.errors.js';

/** A session, and the token that opens it. */
export interface OpenedSession {
  session: LaunchSession;
  token: string;
}

/** A new session. Its code opens it once, within a minute. */
export interface NewSession extends OpenedSession {
  code: string;
}

const CODE_BYTES = 16;
const CODE_LIFE_MS = 60_000;
/** So long one that has ended can still be looked at. */
const KEPT_MS = 86_400_000;
const REMOVED_AT_ONCE = 1000;
/** Its registration, or its consumer of LTI 1.1, is gone, whatever became of the word that ends its sessions. */
const IS_ORPHAN = `(
  EXISTS (SELECT FROM nest_lti.registration r WHERE r.id = session.registration_id AND r.deleted_at IS NOT NULL)
  OR session.registration_id IS NULL AND EXISTS (
    SELECT FROM nest_lti.lti11_consumer c WHERE c.id = session.consumer_id AND c.deleted_at IS NOT NULL))`;

/** What launches open: a record here, and a signed token or a one-time code that leads to it. No cookie. */
@Injectable()
export class LaunchSessions {
  constructor(
    @InjectRepository(LaunchSession, LTI_DATA_SOURCE) private readonly sessions: Repository<LaunchSession>,
    private readonly tokens: SessionTokens,
    @Inject(LtiConfig) private readonly config: LtiConfig,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  async open(launch: LaunchContext, consumerId?: string): Promise<NewSession> {
    const createdAt = this.clock.now();
    const code = randomBytes(CODE_BYTES).toString('base64url');
    const fields = {
      id: uuidv7(),
      registrationId: launch.registrationId ?? null,
      consumerId: consumerId ?? null,
      courseId: launch.courseId ?? null,
      userId: launch.user?.id ?? null,
      launch,
      codeDigest: digestOf(code),
      codeExpiresAt: new Date(createdAt.getTime() + CODE_LIFE_MS),
      createdAt,
      expiresAt: new Date(createdAt.getTime() + this.config.launch.sessionFor),
      revokedAt: null,
    };
    // TypeORM's type of what may be inserted gives up at `unknown`.
    await this.sessions.insert({ ...fields, launch: launch as object });
    const session = this.sessions.create(fields as DeepPartial<LaunchSession>);
    return { session, code, token: await this.tokens.sign(session.id, session.expiresAt) };
  }

  /** The session of a bearer token. @throws {AccessDenied} `launch_session_invalid`, `_expired`, `_revoked` */
  async find(token: string): Promise<LaunchSession> {
    const id = await this.tokens.verify(token);
    const session = await this.sessions
      .createQueryBuilder('session')
      .where('session.id = :id', { id })
      .andWhere(`NOT ${IS_ORPHAN}`)
      .getOne();
    if (session === null) throw launchSessionErrors.required('invalid');
    if (session.revokedAt !== null) throw launchSessionErrors.required('revoked');
    return session;
  }

  /** @throws {NotFound} `launch_session_not_found` */
  async get(id: string): Promise<LaunchSession> {
    const session = await this.sessions.findOneBy({ id });
    if (session === null) throw launchSessionErrors.notFound(id);
    return session;
  }

  /** Uses the code up: of several requests at once, one succeeds. @throws {AccessDenied} `launch_code_invalid` */
  async exchange(code: string): Promise<OpenedSession> {
    const [[row]] = await this.sessions.query<[{ id: string }[], number]>(
      `UPDATE nest_lti.launch_session session SET code_digest = NULL, code_expires_at = NULL
       WHERE code_digest = $1 AND code_expires_at > $2 AND revoked_at IS NULL AND NOT ${IS_ORPHAN}
       RETURNING id`,
      [digestOf(code), this.clock.now()],
    );
    if (row === undefined) throw launchSessionErrors.codeInvalid();
    const session = await this.get(row.id);
    return { session, token: await this.tokens.sign(session.id, session.expiresAt) };
  }

  /** Ends the session: its token is refused from now on. Repeatable. @throws {NotFound} `launch_session_not_found` */
  async revoke(id: string): Promise<void> {
    await this.get(id);
    await this.sessions.update({ id, revokedAt: IsNull() }, { revokedAt: this.clock.now() });
  }

  /** Ends those of a registration. */
  async revokeOfRegistration(registrationId: string): Promise<void> {
    await this.sessions.update({ registrationId, revokedAt: IsNull() }, { revokedAt: this.clock.now() });
  }

  /** Ends those that came by LTI 1.1 from a consumer. */
  async revokeOfConsumer(consumerId: string): Promise<void> {
    const of = { consumerId, registrationId: IsNull() };
    await this.sessions.update({ ...of, revokedAt: IsNull() }, { revokedAt: this.clock.now() });
  }

  /** Clears away what ended long ago. */
  async purge(): Promise<void> {
    const endedBefore = new Date(this.clock.nowMs() - KEPT_MS);
    for (let removed = REMOVED_AT_ONCE; removed === REMOVED_AT_ONCE;) {
      [, removed] = await this.sessions.query<[unknown[], number]>(
        `DELETE FROM nest_lti.launch_session WHERE id IN (
           SELECT id FROM nest_lti.launch_session WHERE expires_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`,
        [endedBefore, REMOVED_AT_ONCE],
      );
    }
  }
}

function digestOf(code: string): Buffer {
  return createHash('sha256').update(code).digest();
}
