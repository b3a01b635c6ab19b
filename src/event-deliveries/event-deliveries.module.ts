import { type DynamicModule, Module, type ModuleMetadata, type Type } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Clock } from '../common/clock.js';
import { LtiConfig } from '../config/lti-config.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { JobsModule } from '../jobs/jobs.module.js';
import { PlatformHttpService } from '../platform-http/platform-http.service.js';
import { RegistrationsModule } from '../registrations/registrations.module.js';
import { EventDeliveryRepository } from './event-delivery.repository.js';
import { EventDeliveryScheduler } from './event-delivery.scheduler.js';
import { EventDeliveryWorker, IN_FLIGHT } from './event-delivery.worker.js';
import { EventHandler } from './event-handler.js';
import { EventHandlerService } from './event-handler.service.js';
import { EventSubscription } from './event-subscription.entity.js';
import { StoredEvent } from './stored-event.entity.js';
import { MAX_WEBHOOKS, WebhookService } from './webhook.service.js';
import { WebhookHttp, WebhookSender } from './webhook-sender.js';

/** The embedder's handler, and what its dependencies come from. */
export interface EventHandling {
  /** Nest creates it, so it can inject services of the host. */
  handler: Type<EventHandler>;
  /** Modules that export what the handler injects. */
  imports?: ModuleMetadata['imports'];
}

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024;

@Module({
  imports: [TypeOrmModule.forFeature([EventSubscription, StoredEvent], LTI_DATA_SOURCE)],
  providers: [EventDeliveryRepository],
  exports: [EventDeliveryRepository, TypeOrmModule],
})
export class EventDeliveryRepositoryModule {}

@Module({})
export class EventDeliveriesModule {
  static forRoot(handling?: EventHandling): DynamicModule {
    return {
      module: EventDeliveriesModule,
      imports: [EventDeliveryRepositoryModule, JobsModule, RegistrationsModule, ...(handling?.imports ?? [])],
      providers: [
        {
          provide: WebhookHttp,
          inject: [LtiConfig, Clock],
          useFactory: ({ platformHttp }: LtiConfig, clock: Clock) =>
            new PlatformHttpService(
              {
                allowPrivateNetworks: platformHttp.allowPrivateNetworks,
                allowedPrivateHosts: platformHttp.allowedPrivateHosts,
                // Enough for all webhooks to be at one server.
                concurrencyPerPlatform: MAX_WEBHOOKS * IN_FLIGHT,
                timeoutMs: TIMEOUT_MS,
                maxResponseBytes: MAX_ANSWER_BYTES,
              },
              clock,
            ),
        },
        EventDeliveryScheduler,
        EventDeliveryWorker,
        EventHandlerService,
        WebhookSender,
        WebhookService,
        ...(handling === undefined ? [] : [{ provide: EventHandler, useClass: handling.handler }]),
      ],
      exports: [EventHandlerService, WebhookService],
    };
  }
}
