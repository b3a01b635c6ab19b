import { type DynamicModule, Module, type ModuleMetadata, type Type } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccessTokensModule } from '../access-tokens/access-tokens.module.js';
import { CoursesModule } from '../courses/courses.module.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { JobsModule } from '../jobs/jobs.module.js';
import { IdTokenModule } from '../launch/oidc/id-token.module.js';
import { Deployment } from '../registrations/deployment.entity.js';
import { RegistrationsModule } from '../registrations/registrations.module.js';
import { NoticeHandler } from './notice-handler.js';
import { NoticeSubscriber } from './notice-subscriber.js';
import { NoticeRepository } from './notice.repository.js';
import { NoticeScheduler } from './notice.scheduler.js';
import { NoticeService } from './notice.service.js';
import { NoticeWorker } from './notice.worker.js';
import { PlatformNotificationService } from './platform-notification.service.js';

/** The embedder's handler, and what its dependencies come from. */
export interface NoticeHandling {
  /** Nest creates it, so it can inject services of the host. */
  handler: Type<NoticeHandler>;
  /** Modules that export what the handler injects. */
  imports?: ModuleMetadata['imports'];
}

const forControllers = [NoticeService, PlatformNotificationService];

@Module({})
export class NoticesModule {
  static forRoot(handling?: NoticeHandling): DynamicModule {
    return {
      module: NoticesModule,
      imports: [
        AccessTokensModule,
        CoursesModule,
        IdTokenModule,
        JobsModule,
        RegistrationsModule,
        TypeOrmModule.forFeature([Deployment], LTI_DATA_SOURCE),
        ...(handling?.imports ?? []),
      ],
      providers: [
        ...forControllers,
        NoticeRepository,
        NoticeScheduler,
        NoticeSubscriber,
        NoticeWorker,
        ...(handling === undefined ? [] : [{ provide: NoticeHandler, useClass: handling.handler }]),
      ],
      exports: forControllers,
    };
  }
}
