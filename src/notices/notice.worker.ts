import { Inject, Injectable, Logger, type OnApplicationBootstrap, Optional } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { harmless } from '../common/platform-words.js';
import { storable } from '../common/storable-text.js';
import { CourseOriginService } from '../courses/course-origin.service.js';
import { JobQueues } from '../jobs/job-queues.js';
import { originIdsOf } from '../launch/context/copy-history.js';
import { Claim } from '../launch/context/launch-claims.schema.js';
import { withSpan } from '../metrics/spans.js';
import { NoticeHandler, type ReceivedNotice } from './notice-handler.js';
import { NoticeSubscriber, type SubscribeJob } from './notice-subscriber.js';
import { NoticeRepository, type StoredNotice } from './notice.repository.js';
import { CONTEXT_COPY, contextCopySchema, HELLO_WORLD } from './notice.schema.js';
import { NOTICE_QUEUE, type NoticeJob } from './notice.service.js';

const CONCURRENCY = 5;
const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 3_600_000;
/** With these pauses, tries go on for about a day. */
const MAX_ATTEMPTS = 30;
const MAX_ERROR = 500;
/** How long the handler of the embedder may take. */
const HANDLER_TIMEOUT_MS = 300_000;

/** Does the work of notices, in whichever process is free. */
@Injectable()
export class NoticeWorker implements OnApplicationBootstrap {
  private readonly logger = new Logger(NoticeWorker.name);

  constructor(
    private readonly notices: NoticeRepository,
    private readonly origins: CourseOriginService,
    private readonly subscriber: NoticeSubscriber,
    private readonly jobs: JobQueues,
    @Inject(Clock) private readonly clock: Clock,
    @Optional() @Inject(NoticeHandler) private readonly handler?: NoticeHandler,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const worker = await this.jobs.worker<NoticeJob | SubscribeJob>(
      NOTICE_QUEUE,
      CONCURRENCY,
      ({ data }, _, slot) => {
        if ('id' in data) return this.process(data);
        const subscribed = withSpan(
          'notice subscription',
          { 'nest_lti.registration.id': data.registrationId },
          () => this.subscriber.subscribe(data),
          { kind: 'consumer' },
        );
        // Nearly all of its time is the platform's.
        slot.waitsFor(subscribed);
        return subscribed;
      },
    );
    worker.run().catch((error: unknown) => this.logger.error(`The notice worker stopped: ${String(error)}`));
  }

  private async process({ id, traceparent }: NoticeJob): Promise<void> {
    const stored = await this.notices.begin(id);
    if (stored === undefined) return;
    // The tries before this one have ended their processes.
    if (stored.attempts > MAX_ATTEMPTS) return this.giveUp(stored, 'its process ended during the last try');
    const attributes = {
      'nest_lti.notice.id': id,
      'nest_lti.notice.attempt': stored.attempts,
      'nest_lti.registration.id': stored.notice.registrationId,
    };
    try {
      await withSpan('notice', attributes, () => this.handle(stored.notice), {
        kind: 'consumer',
        queuedBy: traceparent,
      });
    } catch (error) {
      await this.postpone(stored, error);
      return;
    }
    await this.notices.settle(id, this.clock.now(), null);
  }

  private async handle(notice: ReceivedNotice): Promise<void> {
    const { type, registrationId, deploymentId } = notice;
    if (type === CONTEXT_COPY) {
      await this.recordCopy(notice);
    } else if (type === HELLO_WORLD) {
      this.logger.log(
        `The platform of registration ${registrationId} sent a test notice to deployment "${harmless(deploymentId)}".`,
      );
    } else if (this.handler !== undefined) {
      await this.callHandler(this.handler, notice);
    } else {
      this.logger.warn(
        `A notice of type ${harmless(type)} of registration ${registrationId} was not handled: the application has no NoticeHandler.`,
      );
    }
  }

  /** A handler that never ends must not keep the other notices waiting. */
  private async callHandler(handler: NoticeHandler, notice: ReceivedNotice): Promise<void> {
    const ended = new AbortController();
    const timeout = this.clock.sleep(HANDLER_TIMEOUT_MS, ended.signal).then(() => {
      throw new Error(`The NoticeHandler did not end within ${HANDLER_TIMEOUT_MS / 60_000} min.`);
    });
    const work = async (): Promise<void> => handler.handle(notice);
    try {
      await Promise.race([work(), timeout]);
    } finally {
      ended.abort();
    }
  }

  private async recordCopy({ registrationId, deploymentId, claims }: ReceivedNotice): Promise<void> {
    const { [Claim.context]: context, [Claim.originContexts]: stated = [] } = contextCopySchema.parse(claims);
    const origins = originIdsOf(stated, context.id);
    const title = context.title ?? context.label;
    await this.origins.recordCopy({ registrationId, deploymentId, contextId: context.id, title }, origins);
  }

  private async postpone(stored: StoredNotice, error: unknown): Promise<void> {
    const { id, attempts } = stored;
    const reason = storable((error instanceof Error ? error.message : String(error)).slice(0, MAX_ERROR));
    if (attempts >= MAX_ATTEMPTS) return this.giveUp(stored, reason);
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempts - 1));
    const nextTryAt = new Date(this.clock.nowMs() + pauseMs);
    this.logger.warn(`${nameOf(stored)} is tried again at ${nextTryAt.toISOString()}: ${reason}`);
    await this.notices.postpone(id, nextTryAt, reason);
  }

  private async giveUp(stored: StoredNotice, reason: string): Promise<void> {
    this.logger.error(`${nameOf(stored)} was given up after ${MAX_ATTEMPTS} tries: ${reason}`);
    await this.notices.settle(stored.id, this.clock.now(), reason);
  }
}

/** For logs. The platform chooses the type. */
function nameOf({ id, notice: { type, registrationId } }: StoredNotice): string {
  return `Notice ${id} of type ${harmless(type)} of registration ${registrationId}`;
}
