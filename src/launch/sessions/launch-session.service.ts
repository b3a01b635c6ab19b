import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { errors, jwtVerify, SignJWT } from 'jose';
import { createHash, randomBytes } from 'node:crypto';
import { IsNull, MoreThan, Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../../common/clock.js';
import { type DerivedKeys, deriveKeys } from '../../common/derived-keys.js';
import { LtiConfig } from '../../config/lti-config.js';
import { LTI_DATA_SOURCE } from '../../database/lti-data-source.js';
import { PREPARED } from '../../database/prepared-statements.js';
import { type LaunchContext } from '../context/launch-context.schema.js';
import { type UnusedNonce } from '../used-nonce.repository.js';
import { LaunchSession } from './launch-session.entity.js';
import { launchSessionErrors } from './launch-session.errors.js';

/** A launch of either version that was checked, but for its nonce. */
export interface CheckedLaunch {
  context: LaunchContext;
  /** The LTI 1.1 consumer that it comes from, or that its platform was before it moved to LTI 1.3. */
  consumerId?: string | undefined;
  nonce: UnusedNonce;
}

/** A session and its bearer token. */
export interface LaunchSessionWithToken {
  /** The row of the session. */
  session: LaunchSession;
  /** For `Authorization: Bearer`. It expires with the session. */
  token: string;
}

/** A new session. The code can be exchanged for the session and its token once, within a minute. */
export interface NewLaunchSession {
  /** The row of the session. */
  session: LaunchSession;
  /** 128 random bits, base64url. */
  code: string;
}

const CODE_BYTES = 16;
const CODE_LIFE_MS = 60_000;
const DELETED_AT_ONCE = 1000;
/** Its registration or its LTI 1.1 consumer was deleted. The process that deleted that may have died before it ended the session. */
const IS_ORPHAN = `(
  EXISTS (SELECT FROM nest_lti.registration r WHERE r.id = session.registration_id AND r.deleted_at IS NOT NULL)
  OR session.registration_id IS NULL AND EXISTS (
    SELECT FROM nest_lti.lti11_consumer c WHERE c.id = session.consumer_id AND c.deleted_at IS NOT NULL))`;

/** The purpose of the keys that sign the tokens. */
const PURPOSE = 'nest-lti launch session';
const TOKEN_ALGORITHM = 'HS256';
const TOKEN_TYPE = 'launch-session+jwt';
const MAX_TOKEN_CHARACTERS = 2048;

/**
 * The sessions of launches: a row for each, and a signed bearer token or a one-time code that leads to it. No cookie.
 *
 * A token is a JWT, so that a token that this tool did not sign needs no query. The keys are derived from the
 * encryption keys: the first one signs, all of them verify.
 *
 * @example
 * const { session, token } = await launchSessions.exchange(code);
 */
@Injectable()
export class LaunchSessionService {
  private readonly keys: DerivedKeys;

  constructor(
    @InjectRepository(LaunchSession, LTI_DATA_SOURCE) private readonly sessions: Repository<LaunchSession>,
    @Inject(LtiConfig) private readonly config: LtiConfig,
    @Inject(Clock) private readonly clock: Clock,
  ) {
    this.keys = deriveKeys(config.encryptionKeys, PURPOSE);
  }

  /**
   * Uses the nonce up and creates the session, both or neither, in one statement.
   *
   * @internal
   * @param course a query for the id of the course; its parameters are the first ones of the statement
   * @returns undefined if the nonce was used, or if the query for the course has no row
   */
  async create(
    { context, consumerId, nonce }: CheckedLaunch,
    course?: { sql: string; parameters: unknown[] },
  ): Promise<NewLaunchSession | undefined> {
    const createdAt = this.clock.now();
    const code = randomBytes(CODE_BYTES).toString('base64url');
    const session = {
      id: uuidv7(),
      registrationId: context.registrationId ?? null,
      consumerId: consumerId ?? null,
      userId: context.user?.id ?? null,
      codeDigest: digestOf(code),
      codeExpiresAt: new Date(createdAt.getTime() + CODE_LIFE_MS),
      createdAt,
      expiresAt: new Date(createdAt.getTime() + this.config.launch.sessionFor),
      revokedAt: null,
      deepLinkAnsweredAt: null,
    } satisfies Omit<LaunchSession, 'launch' | 'courseId'>;
    const parameters = [...(course?.parameters ?? [])];
    const value = (of: unknown, type: string) => `$${parameters.push(of)}::${type}`;
    const [row] = await this.sessions.query<{ course_id: string | null }[]>(
      `${PREPARED}WITH course AS MATERIALIZED (${course?.sql ?? 'SELECT NULL::uuid AS id'}),
       nonce AS (
         INSERT INTO nest_lti.used_nonce (digest, expires_at)
         SELECT ${value(nonce.digest, 'bytea')}, ${value(nonce.forgetAt, 'timestamptz')} FROM course
         ON CONFLICT (digest) DO NOTHING RETURNING 1)
       INSERT INTO nest_lti.launch_session (id, registration_id, consumer_id, user_id, code_digest, code_expires_at,
         created_at, expires_at, course_id, launch)
       SELECT ${value(session.id, 'uuid')}, ${value(session.registrationId, 'uuid')},
         ${value(session.consumerId, 'uuid')}, ${value(session.userId, 'text')},
         ${value(session.codeDigest, 'bytea')}, ${value(session.codeExpiresAt, 'timestamptz')},
         ${value(createdAt, 'timestamptz')}, ${value(session.expiresAt, 'timestamptz')}, course.id,
         -- As text: jsonb would refuse the NUL that a platform's text may have.
         (left(${value(JSON.stringify(context), 'text')}, -1) || coalesce(',"courseId":"' || course.id || '"', '') || '}')::json
       FROM course, nonce
       RETURNING course_id`,
      parameters,
    );
    if (row === undefined) return undefined;
    const courseId = row.course_id;
    const launch = courseId === null ? context : ({ ...context, courseId } as LaunchContext);
    return { session: { ...session, courseId, launch }, code };
  }

  /**
   * Signs a bearer token for the session.
   *
   * @example
   * const token = await launchSessions.tokenOf(session);
   */
  tokenOf({ id, expiresAt }: Pick<LaunchSession, 'id' | 'expiresAt'>): Promise<string> {
    return new SignJWT({})
      .setProtectedHeader({ alg: TOKEN_ALGORITHM, kid: this.keys.signerId, typ: TOKEN_TYPE })
      .setSubject(id)
      .setExpirationTime(expiresAt)
      .sign(this.keys.signer);
  }

  /**
   * The session of a bearer token.
   *
   * @throws {AccessDenied} `launch_session_invalid`, `launch_session_expired`, `launch_session_revoked`
   * @example
   * const { launch } = await launchSessions.find(sessionToken);
   */
  async find(token: string): Promise<LaunchSession> {
    const id = await this.sessionIdOf(token);
    const session = await this.sessions
      .createQueryBuilder('session')
      .where('session.id = :id', { id })
      .andWhere(`NOT ${IS_ORPHAN}`)
      .getOne();
    if (session === null) throw launchSessionErrors.required('invalid');
    if (session.revokedAt !== null) throw launchSessionErrors.required('revoked');
    return session;
  }

  /**
   * The session, also one that has ended, until it is deleted: by default a day after its expiry.
   *
   * @throws {NotFound} `launch_session_not_found`
   * @example
   * const { launch, expiresAt } = await launchSessions.get(id);
   */
  async get(id: string): Promise<LaunchSession> {
    const session = await this.sessions.findOneBy({ id });
    if (session === null) throw launchSessionErrors.notFound(id);
    return session;
  }

  /**
   * Uses the one-time code up. If several requests use it at once, one succeeds.
   *
   * @throws {AccessDenied} `launch_code_invalid`
   * @example
   * const { session, token } = await launchSessions.exchange(code);
   */
  async exchange(code: string): Promise<LaunchSessionWithToken> {
    const [[row]] = await this.sessions.query<[{ id: string }[], number]>(
      `UPDATE nest_lti.launch_session session SET code_digest = NULL, code_expires_at = NULL
       WHERE code_digest = $1 AND code_expires_at > $2 AND revoked_at IS NULL AND NOT ${IS_ORPHAN}
       RETURNING id`,
      [digestOf(code), this.clock.now()],
    );
    if (row === undefined) throw launchSessionErrors.codeInvalid();
    const session = await this.get(row.id);
    return { session, token: await this.tokenOf(session) };
  }

  /** Notes the one response of a deep linking launch. False if it has had one, or the session has ended. */
  async useForDeepLink(id: string): Promise<boolean> {
    const now = this.clock.now();
    const { affected } = await this.sessions.update(
      { id, deepLinkAnsweredAt: IsNull(), revokedAt: IsNull(), expiresAt: MoreThan(now) },
      { deepLinkAnsweredAt: now },
    );
    return affected === 1;
  }

  /**
   * Ends the session: its token is refused from now on. A second call changes nothing.
   *
   * @throws {NotFound} `launch_session_not_found`
   * @example
   * await launchSessions.revoke(session.id);
   */
  async revoke(id: string): Promise<void> {
    await this.get(id);
    await this.sessions.update({ id, revokedAt: IsNull() }, { revokedAt: this.clock.now() });
  }

  /**
   * Ends the sessions of a registration.
   *
   * @example
   * await launchSessions.revokeOfRegistration(registrationId);
   */
  async revokeOfRegistration(registrationId: string): Promise<void> {
    await this.sessions.update({ registrationId, revokedAt: IsNull() }, { revokedAt: this.clock.now() });
  }

  /** Ends the sessions of launches by LTI 1.1 from a consumer. */
  async revokeOfConsumer(consumerId: string): Promise<void> {
    const launched = { consumerId, registrationId: IsNull() };
    await this.sessions.update({ ...launched, revokedAt: IsNull() }, { revokedAt: this.clock.now() });
  }

  /** Deletes the rows of sessions that expired `retention.launchSessions` ago. */
  async purge(): Promise<void> {
    const expiredBefore = new Date(this.clock.nowMs() - this.config.retention.launchSessions);
    for (let deleted = DELETED_AT_ONCE; deleted === DELETED_AT_ONCE;) {
      [, deleted] = await this.sessions.query<[unknown[], number]>(
        `DELETE FROM nest_lti.launch_session WHERE id IN (
           SELECT id FROM nest_lti.launch_session WHERE expires_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`,
        [expiredBefore, DELETED_AT_ONCE],
      );
    }
  }

  /** @throws {AccessDenied} `launch_session_invalid`, `launch_session_expired` */
  private async sessionIdOf(token: string): Promise<string> {
    if (token.length > MAX_TOKEN_CHARACTERS) throw launchSessionErrors.required('invalid');
    try {
      const { payload } = await jwtVerify(token, ({ kid = '' }) => this.keyOf(kid), {
        algorithms: [TOKEN_ALGORITHM],
        typ: TOKEN_TYPE,
        currentDate: this.clock.now(),
        requiredClaims: ['sub', 'exp'],
      });
      return payload.sub ?? '';
    } catch (error) {
      throw launchSessionErrors.required(error instanceof errors.JWTExpired ? 'expired' : 'invalid');
    }
  }

  private keyOf(id: string) {
    const key = this.keys.byId.get(id);
    if (key === undefined) throw launchSessionErrors.required('invalid');
    return key;
  }
}

function digestOf(code: string): Buffer {
  return createHash('sha256').update(code).digest();
}
