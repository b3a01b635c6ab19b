import {
  type CanActivate,
  type ConfigurableModuleAsyncOptions,
  type DynamicModule,
  Module,
  type ModuleMetadata,
  type Provider,
  type Type,
} from '@nestjs/common';
import { AccessModule } from './access/access.module.js';
import { ApiAuthorizer } from './access/api-access.guard.js';
import { ApiKeyController } from './access/api-key.controller.js';
import { ApiKeyGuard } from './access/api-key.guard.js';
import { ApiSessionController } from './access/api-session.controller.js';
import { ConfigurationInvalid } from './common/reactions.errors.js';
import { type LtiModuleOptions } from './config/lti-config.js';
import { LtiConfigModule } from './config/lti-config.module.js';
import { CourseSyncController } from './course-syncs/course-sync.controller.js';
import { CourseSyncsModule } from './course-syncs/course-syncs.module.js';
import { CourseController } from './courses/course.controller.js';
import { CourseLineItemController } from './courses/course-line-item.controller.js';
import { CourseGradebookController } from './courses/course-gradebook.controller.js';
import { ServiceRequestController } from './courses/service-request.controller.js';
import { CoursesModule } from './courses/courses.module.js';
import { DashboardController } from './dashboard/dashboard.controller.js';
import { DashboardFiles } from './dashboard/dashboard-files.js';
import { DashboardGuard } from './dashboard/dashboard.guard.js';
import { DashboardSlash } from './dashboard/dashboard-slash.js';
import { DASHBOARD_PAGES, type DashboardPages } from './dashboard/dashboard-pages.js';
import { DatabaseModule } from './database/database.module.js';
import { GradePassbackModule } from './grade-passback/grade-passback.module.js';
import { ScoresController } from './grade-passback/scores.controller.js';
import { JobsModule } from './jobs/jobs.module.js';
import { checkWorkerMode, type WorkerMode, withWorkerMode } from './jobs/worker-mode.js';
import { EventDeliveriesModule, type EventHandling } from './event-deliveries/event-deliveries.module.js';
import { EventHandlerController } from './event-deliveries/event-handler.controller.js';
import { WebhookController } from './event-deliveries/webhook.controller.js';
import { JwksController } from './keys/jwks.controller.js';
import { KeysModule } from './keys/keys.module.js';
import { ToolKeyController } from './keys/tool-key.controller.js';
import { GradesModule } from './lti-services/grades/grades.module.js';
import { GroupsModule } from './lti-services/groups/groups.module.js';
import { MembershipsModule } from './lti-services/memberships/memberships.module.js';
import { AccessTokensModule } from './access-tokens/access-tokens.module.js';
import { type LaunchHandling, LaunchModule } from './launch/launch.module.js';
import { Lti11Controller } from './launch/lti11/lti11.controller.js';
import { Lti11ConsumerController } from './launch/lti11/lti11-consumer.controller.js';
import { RegisterController } from './launch/dynamic-registration/register.controller.js';
import { RegistrationGuideController } from './launch/registration-guide/registration-guide.controller.js';
import { RegistrationGuidePageController } from './launch/registration-guide/registration-guide-page.controller.js';
import { OidcController } from './launch/oidc/oidc.controller.js';
import { DeepLinkingController } from './launch/deep-linking/deep-linking.controller.js';
import { LaunchSessionController } from './launch/sessions/launch-session.controller.js';
import { LaunchSessionModule } from './launch/sessions/launch-session.module.js';
import { MountedRoutes } from './mounted-routes.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { NoticeController } from './notices/notice.controller.js';
import { ReceivedNoticeController } from './notices/received-notice.controller.js';
import { NoticeHandlerController } from './notices/notice-handler.controller.js';
import { type NoticeHandling, NoticesModule } from './notices/notices.module.js';
import { DynamicRegistrationController } from './registrations/dynamic/dynamic-registration.controller.js';
import { RegistrationInvitationController } from './registrations/dynamic/registration-invitation.controller.js';
import { RegistrationController } from './registrations/registration.controller.js';
import { RegistrationCheckController } from './registration-checks/registration-check.controller.js';
import { RegistrationChecksModule } from './registration-checks/registration-checks.module.js';
import { PersonalDataController } from './personal-data/personal-data.controller.js';
import { PersonalDataModule } from './personal-data/personal-data.module.js';
import { PlatformMoveController } from './platform-moves/platform-move.controller.js';
import { PlatformMovesModule } from './platform-moves/platform-moves.module.js';
import { RegistrationsModule } from './registrations/registrations.module.js';
import { SettingsController } from './settings/settings.controller.js';
import { StatisticsController } from './statistics/statistics.controller.js';
import { StatisticsModule } from './statistics/statistics.module.js';
import { TokenController } from './access-tokens/token.controller.js';
import { UnreadBodies } from './unread-bodies.js';
import { UserApiController } from './user-grants/api/user-api.controller.js';
import { UserGrantClientController } from './user-grants/clients/user-grant-client.controller.js';
import { ConsentController } from './user-grants/consent/consent.controller.js';
import { UserGrantController } from './user-grants/user-grant.controller.js';
import { UserGrantsModule } from './user-grants/user-grants.module.js';

/** What the shape of the module depends on, and so must be known before the options are. */
export interface LtiModuleExtras {
  /**
   * Our REST API under `/api/v1`: `off` (the default), guarded by nest-lti's own API keys, or by a guard of yours, whose
   * dependencies come from `imports`. The API for managing our keys is there with `api-keys` only: behind another guard
   * they would open nothing.
   */
  api?: 'off' | 'api-keys' | { guard: Type<CanActivate>; imports?: ModuleMetadata['imports'] };
  /**
   * Your LaunchHandler, whose dependencies come from `imports`. Default: launches go on to their target link where that is
   * one of `launch.toolUrls`; without these a page shows what was launched.
   */
  launches?: LaunchHandling;
  /** Your NoticeHandler, for notices of types that nest-lti does not handle itself. Its dependencies come from `imports`. */
  notices?: NoticeHandling;
  /** Your EventHandler, called at least once for each event, in order per course. Its dependencies come from `imports`. */
  events?: EventHandling;
  /**
   * The operator's dashboard at `/dashboard`: `dashboard` of the package `nest-lti-dashboard`. Needs `api`, whose guard is that of
   * the pages, too; with `api-keys` operators sign in with an API key. Default: no dashboard.
   */
  dashboard?: DashboardPages;
  /**
   * Whether this process runs jobs and periodic work (syncs, deliveries, clean-up) beside its routes (`on`, the default), only serves
   * its routes (`off`), or only runs jobs and periodic work (`only`: no route of nest-lti, whatever `api` and `dashboard` are). With
   * `off` other processes have to run the jobs that this one adds.
   */
  worker?: WorkerMode;
}

/** What `LtiModule.forRootAsync` takes: the options come from a factory or a class. */
export type LtiModuleAsyncOptions = ConfigurableModuleAsyncOptions<LtiModuleOptions> & LtiModuleExtras;

const features = [
  AccessModule,
  AccessTokensModule,
  CourseSyncsModule,
  CoursesModule,
  DatabaseModule,
  GradePassbackModule,
  GradesModule,
  GroupsModule,
  JobsModule,
  KeysModule,
  LaunchSessionModule,
  MembershipsModule,
  MetricsModule,
  PersonalDataModule,
  PlatformMovesModule,
  RegistrationChecksModule,
  RegistrationsModule,
  StatisticsModule,
  UserGrantsModule,
];
const platformControllers = [
  ConsentController,
  JwksController,
  Lti11Controller,
  NoticeController,
  OidcController,
  RegisterController,
  RegistrationGuidePageController,
];
const apiControllers = [
  CourseController,
  CourseGradebookController,
  CourseLineItemController,
  CourseSyncController,
  DeepLinkingController,
  DynamicRegistrationController,
  EventHandlerController,
  LaunchSessionController,
  Lti11ConsumerController,
  NoticeHandlerController,
  PersonalDataController,
  PlatformMoveController,
  ReceivedNoticeController,
  RegistrationCheckController,
  RegistrationController,
  RegistrationGuideController,
  RegistrationInvitationController,
  ScoresController,
  ServiceRequestController,
  SettingsController,
  StatisticsController,
  TokenController,
  ToolKeyController,
  UserApiController,
  UserGrantClientController,
  UserGrantController,
  WebhookController,
];

function controllersOf(api: NonNullable<LtiModuleExtras['api']>): Type[] {
  if (api === 'off') return [];
  return api === 'api-keys' ? [...apiControllers, ApiKeyController, ApiSessionController] : apiControllers;
}

/**
 * LTI Advantage for a NestJS application: import it once, inject the services.
 *
 * @example
 * \@Module({
 *   imports: [
 *     LtiModule.forRoot({
 *       publicUrl: 'https://tool.example.edu',
 *       database: { url: process.env.DATABASE_URL ?? '' },
 *       encryptionKeys: process.env.ENCRYPTION_KEYS ?? '',
 *     }),
 *   ],
 * })
 * class AppModule {}
 */
@Module({})
export class LtiModule {
  /**
   * The module with its options as they are.
   *
   * @throws ConfigurationInvalid at boot, with every fault by its name
   * @example
   * LtiModule.forRoot({ publicUrl, database: { url: databaseUrl }, encryptionKeys, api: 'api-keys' });
   */
  static forRoot({
    api,
    launches,
    notices,
    events,
    dashboard,
    worker,
    ...options
  }: LtiModuleOptions & LtiModuleExtras): DynamicModule {
    return this.with(LtiConfigModule.forRoot(options), { api, launches, notices, events, dashboard, worker });
  }

  /**
   * The options from a factory or a class, as with any configurable module; `api`, `launches`, `notices`, `events`, `dashboard` and
   * `worker` beside it.
   *
   * @example
   * LtiModule.forRootAsync({
   *   inject: [ConfigService],
   *   useFactory: (config: ConfigService) => ({
   *     publicUrl: config.getOrThrow<string>('PUBLIC_URL'),
   *     database: { url: config.getOrThrow<string>('DATABASE_URL') },
   *     encryptionKeys: config.getOrThrow<string>('ENCRYPTION_KEYS'),
   *   }),
   *   launches: { handler: QuizLaunchHandler },
   * });
   */
  static forRootAsync({
    api,
    launches,
    notices,
    events,
    dashboard,
    worker,
    ...options
  }: LtiModuleAsyncOptions): DynamicModule {
    return this.with(LtiConfigModule.forRootAsync(options), {
      api,
      launches,
      notices,
      events,
      dashboard,
      worker,
    });
  }

  private static with(
    config: DynamicModule,
    { api = 'off', launches, notices, events, dashboard, worker = 'on' }: LtiModuleExtras,
  ): DynamicModule {
    const modules = [
      ...features,
      LaunchModule.forRoot(launches),
      NoticesModule.forRoot(notices),
      EventDeliveriesModule.forRoot(events),
    ];
    if (dashboard !== undefined && api === 'off') {
      throw ConfigurationInvalid.of([
        {
          name: 'dashboard',
          message: "needs `api`: its pages read the REST API. Set api to 'api-keys' or { guard }",
        },
      ]);
    }
    const hasRoutes = checkWorkerMode(worker) !== 'only';
    const guard = typeof api === 'object' ? api : undefined;
    const authorizer: Provider =
      guard === undefined
        ? { provide: ApiAuthorizer, useExisting: ApiKeyGuard }
        : { provide: ApiAuthorizer, useClass: guard.guard };
    return {
      module: LtiModule,
      // Imported once: its services can be injected into any module of the host, and a guard's into any controller's.
      global: true,
      imports: [withWorkerMode(config, worker), ...modules, ...(guard?.imports ?? [])],
      controllers: hasRoutes
        ? [
            ...platformControllers,
            ...controllersOf(api),
            ...(dashboard === undefined ? [] : [DashboardController]),
          ]
        : [],
      providers: [
        authorizer,
        ...(hasRoutes ? [MountedRoutes, UnreadBodies] : []),
        ...(dashboard === undefined || !hasRoutes
          ? []
          : [
              DashboardFiles,
              DashboardGuard,
              DashboardSlash,
              { provide: DASHBOARD_PAGES, useValue: dashboard },
            ]),
      ],
      exports: modules,
    };
  }
}
