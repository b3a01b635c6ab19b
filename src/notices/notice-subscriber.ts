import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Not, Repository } from 'typeorm';
import { LtiError } from '../common/lti-error.js';
import { Scope } from '../common/scopes.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { type JobQueue, JobQueues } from '../jobs/job-queues.js';
import { Deployment } from '../registrations/deployment.entity.js';
import { RegistrationListeners } from '../registrations/registration-listeners.js';
import { RegistrationService } from '../registrations/registration.service.js';
import { CONTEXT_COPY } from './notice.schema.js';
import { NOTICE_QUEUE } from './notice.service.js';
import { PlatformNotificationService } from './platform-notification.service.js';

/** A job that sets our handler for copied courses at the platform. */
export interface SubscribeJob {
  registrationId: string;
  deploymentId: string;
}

/** The launch stores the URL of the service within this time. */
const DELAY_MS = 1000;
/** With their pauses, tries go on for a day. */
const ATTEMPTS = 12;
const FIRST_PAUSE_MS = 30_000;
const MAX_DEPLOYMENTS = 1000;

/**
 * Subscribes the tool to `LtiContextCopyNotice`, when a launch names the service and when its registration changes. Only with the
 * scope `noticehandlers` among those of the registration.
 */
@Injectable()
export class NoticeSubscriber implements OnApplicationBootstrap {
  private readonly logger = new Logger(NoticeSubscriber.name);
  private queue?: JobQueue<SubscribeJob>;

  constructor(
    private readonly registrations: RegistrationService,
    private readonly listeners: RegistrationListeners,
    private readonly notifications: PlatformNotificationService,
    private readonly jobs: JobQueues,
    @InjectRepository(Deployment, LTI_DATA_SOURCE) private readonly deployments: Repository<Deployment>,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.queue = await this.jobs.queue<SubscribeJob>(NOTICE_QUEUE);
    this.listeners.add({
      noticeServiceFound: (registrationId, deploymentId) => this.enqueue(registrationId, [deploymentId]),
      registrationChanged: (registrationId) => this.enqueueAll(registrationId),
    });
  }

  /** Sets the handler. @throws an error that another try may not meet; others are logged */
  async subscribe({ registrationId, deploymentId }: SubscribeJob): Promise<void> {
    try {
      await this.notifications.put(registrationId, deploymentId, CONTEXT_COPY);
    } catch (error) {
      if (!(error instanceof LtiError) || isWorthRetry(error)) throw error;
      // The platform has no such notices: there is nothing to do.
      if (error.code === 'notice_type_not_supported') return;
      this.logger.warn(
        `Copied courses of registration ${registrationId}, deployment "${deploymentId}", are not notified: ${error.message}`,
      );
    }
  }

  private async enqueueAll(registrationId: string): Promise<void> {
    const deployments = await this.deployments.find({
      where: { registrationId, noticeServiceUrl: Not(IsNull()) },
      take: MAX_DEPLOYMENTS,
    });
    await this.enqueue(
      registrationId,
      deployments.map(({ deploymentId }) => deploymentId),
    );
  }

  private async enqueue(registrationId: string, deploymentIds: readonly string[]): Promise<void> {
    if (deploymentIds.length === 0) return;
    const { scopes } = await this.registrations.get(registrationId);
    if (!scopes.includes(Scope.noticeHandlers)) return;
    await this.queue?.addBulk(
      deploymentIds.map((deploymentId) => ({
        name: 'subscribe',
        data: { registrationId, deploymentId },
        opts: {
          delay: DELAY_MS,
          attempts: ATTEMPTS,
          backoff: { type: 'exponential', delay: FIRST_PAUSE_MS },
          deduplication: { id: `${registrationId} ${deploymentId}` },
        },
      })),
    );
  }
}

/** Also if the launch has not stored the service yet. */
function isWorthRetry({ retryAt, code }: LtiError): boolean {
  return retryAt !== undefined || code === 'notice_service_unknown';
}
