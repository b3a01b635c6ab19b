import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { decodeJwt } from 'jose';
import { Clock } from '../common/clock.js';
import { LtiError } from '../common/lti-error.js';
import { LaunchRefused, Unavailable } from '../common/reactions.errors.js';
import { type Page } from '../common/page.schema.js';
import { isStorable } from '../common/storable-text.js';
import { LtiConfig } from '../config/lti-config.js';
import { type JobQueue, JobQueues } from '../jobs/job-queues.js';
import { isDeeperThan } from '../launch/context/launch-claims.js';
import { Claim } from '../launch/context/launch-claims.schema.js';
import { faultOfIdToken } from '../launch/launch.errors.js';
import { IdTokenVerifier } from '../launch/oidc/id-token.verifier.js';
import { traceparent } from '../metrics/spans.js';
import { RegistrationLaunchService } from '../registrations/registration-launch.service.js';
import { RegistrationListeners } from '../registrations/registration-listeners.js';
import { type Registration } from '../registrations/registration.entity.js';
import { RegistrationService } from '../registrations/registration.service.js';
import { noticeErrors, type RefusedNotice } from './notice.errors.js';
import { type ReceivedNotice } from './notice-handler.js';
import { type ListedNotice, NoticeRepository } from './notice.repository.js';
import {
  CONTEXT_COPY,
  contextCopySchema,
  noticeClaimsSchema,
  type NoticeQuery,
  type NoticesView,
  type NoticeView,
} from './notice.schema.js';

export const NOTICE_QUEUE = 'notices';

/** A job names our row of the notice. */
export interface NoticeJob {
  id: string;
  /** The span that received the notice, or retried it. */
  traceparent?: string;
}

const DAY_MS = 86_400_000;
/** Platforms that retry do so for hours. An older notice is refused, so that an accepted one can be forgotten. */
const MAX_NOTICE_AGE_MS = DAY_MS;
const MAX_JWT = 64 * 1024;
const MAX_DEPTH = 32;
const MAX_TEXT = 2048;
const JOBS_AT_ONCE = 500;
/** A platform sends the notices of one registration. Anyone may send a request, and each look-up is a query. */
const MAX_REGISTRATIONS = 20;

type RegistrationOf = (issuer: unknown, clientId: unknown) => Promise<Registration>;

/** Accepts the notices of platforms: checks and stores each, and leaves the work to jobs (PNS 1.0). */
@Injectable()
export class NoticeService implements OnApplicationBootstrap {
  private readonly logger = new Logger(NoticeService.name);
  private queue?: JobQueue<NoticeJob>;

  constructor(
    private readonly notices: NoticeRepository,
    private readonly tokens: IdTokenVerifier,
    private readonly registrations: RegistrationService,
    private readonly launches: RegistrationLaunchService,
    private readonly registrationListeners: RegistrationListeners,
    private readonly jobs: JobQueues,
    @Inject(LtiConfig) private readonly config: LtiConfig,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.queue = await this.jobs.queue<NoticeJob>(NOTICE_QUEUE);
    this.registrationListeners.add({
      registrationDeleted: (registrationId) => this.notices.deleteOfRegistration(registrationId),
    });
  }

  /**
   * Stores the notices that the platforms of registrations have signed, each once. One that is refused does not hold up the others.
   *
   * @param list the entries of `notices`
   * @throws {InvalidRequest} `notices_refused` if not one was accepted, now or before
   * @throws {Unavailable} `platform_keys_unavailable` if one could not be checked; the others are stored
   */
  async receive(list: readonly unknown[]): Promise<NoticesView> {
    const registrationOf = this.registrationsOnce();
    const verified: ReceivedNotice[] = [];
    const refused: RefusedNotice[] = [];
    let unavailable: Unavailable | undefined;
    for (const [index, entry] of list.entries()) {
      try {
        verified.push(await this.verify(entry, registrationOf));
      } catch (error) {
        if (error instanceof Unavailable) unavailable = error;
        else if (error instanceof LtiError) refused.push({ index, code: error.code, message: error.message });
        else throw error;
      }
    }
    const ids = await this.notices.store(verified);
    await this.enqueueOrLog(ids);
    this.logRefused(refused);
    if (unavailable !== undefined) throw unavailable;
    if (verified.length === 0) throw noticeErrors.refused(refused);
    return { accepted: ids.length, duplicates: verified.length - ids.length, refused };
  }

  /** A page of the notices, without their claims. */
  list(query: NoticeQuery): Promise<Page<NoticeView>> {
    return this.notices.list(query, viewNotice);
  }

  /** @throws {NotFound} `notice_not_found` */
  async get(id: string): Promise<NoticeView> {
    return viewNotice(await this.row(id));
  }

  /**
   * Handles a notice again that was given up, with as many tries as a new one. One that is pending is returned as it is.
   *
   * @throws {NotFound} `notice_not_found`
   * @throws {Conflict} `notice_not_failed`, `notice_claims_deleted`
   */
  async retry(id: string): Promise<NoticeView> {
    await this.notices.retry(id, this.clock.now());
    const notice = await this.row(id);
    if (notice.status === 'handled') throw noticeErrors.notFailed(id);
    if (notice.status === 'failed') throw noticeErrors.claimsDeleted(id);
    await this.enqueueOrLog([id]);
    return viewNotice(notice);
  }

  /** Adds the jobs of notices that are due. A job that exists does not change. */
  async repair(): Promise<void> {
    await this.enqueue(await this.notices.due(this.clock.now(), JOBS_AT_ONCE));
  }

  private async row(id: string): Promise<ListedNotice> {
    const notice = await this.notices.find(id);
    if (notice === undefined) throw noticeErrors.notFound(id);
    return notice;
  }

  private async verify(entry: unknown, registrationOf: RegistrationOf): Promise<ReceivedNotice> {
    const jwt = jwtOf(entry);
    const { iss, aud, azp } = unverifiedClaims(jwt);
    const registration = await registrationOf(iss, Array.isArray(aud) ? (azp ?? (aud as unknown[])[0]) : aud);
    const payload = await this.signedPayload(jwt, registration);
    const claims = noticeClaimsSchema.safeParse(payload);
    if (!claims.success) {
      throw noticeErrors.malformed(`has a wrong claim ${claims.error.issues[0]?.path.join('.') ?? ''}`);
    }
    const { [Claim.deploymentId]: deploymentId, [Claim.notice]: notice } = claims.data;
    const copy = notice.type === CONTEXT_COPY ? contextCopySchema.safeParse(payload) : undefined;
    if (copy?.success === false) {
      throw noticeErrors.malformed(`has a wrong claim ${copy.error.issues[0]?.path.join('.') ?? ''}`);
    }
    const pending = this.config.launch.deployments === 'auto';
    if (!(await this.launches.hasDeployment(registration, deploymentId, { pending }))) {
      throw noticeErrors.deploymentUnknown();
    }
    const { id, type } = notice;
    const receivedAt = this.clock.now();
    return { registrationId: registration.id, deploymentId, id, type, receivedAt, claims: payload };
  }

  private async signedPayload(jwt: string, registration: Registration): Promise<Record<string, unknown>> {
    try {
      const { payload } = await this.tokens.verify(jwt, registration, MAX_NOTICE_AGE_MS);
      if (!isDeeperThan(MAX_DEPTH, payload)) return payload;
    } catch (error) {
      if (!(error instanceof LaunchRefused)) throw error;
      throw noticeErrors.jwtRefused(error.code, faultOfIdToken(error.code), error);
    }
    throw noticeErrors.malformed(`is nested deeper than ${MAX_DEPTH} levels`);
  }

  /** Looks up each registration once for all notices of a request. */
  private registrationsOnce(): RegistrationOf {
    const found = new Map<string, Promise<Registration | undefined>>();
    return async (issuer, clientId) => {
      if (!isShortText(issuer) || !isShortText(clientId)) throw noticeErrors.issuerUnknown();
      const key = JSON.stringify([issuer, clientId]);
      if (!found.has(key) && found.size === MAX_REGISTRATIONS)
        throw noticeErrors.tooManyRegistrations(MAX_REGISTRATIONS);
      const search = found.get(key) ?? this.find(issuer, clientId);
      found.set(key, search);
      const registration = await search;
      if (registration === undefined) throw noticeErrors.issuerUnknown();
      return registration;
    };
  }

  private async find(issuer: string, clientId: string): Promise<Registration | undefined> {
    const [found] = await this.launches.find({ issuer, clientId, deploymentId: undefined });
    return found && this.registrations.recall(found.id);
  }

  private async enqueueOrLog(ids: readonly string[]): Promise<void> {
    try {
      await this.enqueue(ids);
    } catch (error) {
      // The notices are stored and the next tick adds their jobs, so they are accepted.
      this.logger.warn(
        `The jobs of ${ids.length} notices were not queued. The next tick queues them: ${String(error)}`,
      );
    }
  }

  private async enqueue(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const queuedBy = traceparent();
    await this.queue?.addBulk(
      ids.map((id) => ({ name: 'handle', data: { id, ...queuedBy }, opts: { jobId: id } })),
    );
  }

  private logRefused(refused: readonly RefusedNotice[]): void {
    if (refused.length === 0) return;
    const codes = [...new Set(refused.map(({ code }) => code))];
    this.logger.warn(`${refused.length} notices were refused: ${codes.join(', ')}.`);
  }
}

function viewNotice({ receivedAt, retryAt, handledAt, ...notice }: ListedNotice): NoticeView {
  return {
    ...notice,
    receivedAt: receivedAt.toISOString(),
    retryAt: retryAt?.toISOString() ?? null,
    handledAt: handledAt?.toISOString() ?? null,
  };
}

function jwtOf(entry: unknown): string {
  const jwt: unknown = typeof entry === 'object' && entry !== null && 'jwt' in entry ? entry.jwt : undefined;
  if (typeof jwt !== 'string') throw noticeErrors.malformed('has no text "jwt"');
  if (jwt.length > MAX_JWT) throw noticeErrors.malformed(`has more than ${MAX_JWT} characters`);
  return jwt;
}

/** They only say which registration the notice claims to be for: its platform's keys decide. */
function unverifiedClaims(jwt: string): Record<string, unknown> {
  try {
    return decodeJwt(jwt);
  } catch {
    throw noticeErrors.malformed('is not a signed JWT');
  }
}

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_TEXT && isStorable(value);
}
