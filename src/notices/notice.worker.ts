import { Inject, Injectable, Logger, type OnApplicationBootstrap, Optional } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { CourseOriginService } from '../courses/course-origin.service.js';
import { originIdsOf } from '../courses/origin-ids.js';
import { JobQueues } from '../jobs/job-queues.js';
import { Claim } from '../launch/context/launch-claims.schema.js';
import { NoticeHandler, type ReceivedNotice } from './notice-handler.js';
import { NoticeSubscriber, type SubscribeJob } from './notice-subscriber.js';
import { NoticeRepository } from './notice.repository.js';
import { CONTEXT_COPY, contextCopySchema, HELLO_WORLD } from './notice.schema.js';
import { NOTICE_QUEUE, type NoticeJob } from './notice.service.js';

const CONCURRENCY = 5;
const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 3_600_000;
/** With these pauses, tries go on for about a day. */
const MAX_ATTEMPTS = 30;
const MAX_ERROR = 500;

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
    const worker = await this.jobs.worker<NoticeJob | SubscribeJob>(NOTICE_QUEUE, CONCURRENCY, ({ data }) =>
      'id' in data ? this.process(data.id) : this.subscriber.subscribe(data),
    );
    worker.run().catch((error: unknown) => this.logger.error(`The notice worker stopped: ${String(error)}`));
  }

  private async process(id: string): Promise<void> {
    const stored = await this.notices.unsettled(id);
    if (stored === undefined) return;
    const { notice, attempts } = stored;
    try {
      await this.handle(notice);
    } catch (error) {
      await this.postpone(id, notice, attempts + 1, error);
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
        `The platform of registration ${registrationId} sent a test notice to deployment "${deploymentId}".`,
      );
    } else if (this.handler !== undefined) {
      await this.handler.handle(notice);
    } else {
      this.logger.warn(
        `A notice of type ${type} of registration ${registrationId} was not handled: the application has no NoticeHandler.`,
      );
    }
  }

  private async recordCopy({ registrationId, deploymentId, claims }: ReceivedNotice): Promise<void> {
    const { [Claim.context]: context, [Claim.originContexts]: stated = [] } = contextCopySchema.parse(claims);
    const origins = originIdsOf(stated, context.id);
    const title = context.title ?? context.label;
    await this.origins.recordCopy({ registrationId, deploymentId, contextId: context.id, title }, origins);
  }

  private async postpone(
    id: string,
    { type, registrationId }: ReceivedNotice,
    attempts: number,
    error: unknown,
  ): Promise<void> {
    const reason = (error instanceof Error ? error.message : String(error)).slice(0, MAX_ERROR);
    const name = `Notice ${id} of type ${type} of registration ${registrationId}`;
    if (attempts >= MAX_ATTEMPTS) {
      this.logger.error(`${name} was given up after ${attempts} tries: ${reason}`);
      await this.notices.settle(id, this.clock.now(), reason);
      return;
    }
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempts - 1));
    const nextTryAt = new Date(this.clock.nowMs() + pauseMs);
    this.logger.warn(`${name} is tried again at ${nextTryAt.toISOString()}: ${reason}`);
    await this.notices.postpone(id, nextTryAt, reason);
  }
}
