import {
  type DynamicModule,
  type FactoryProvider,
  Module,
  type ModuleMetadata,
  type Type,
} from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ltiEventsProvider } from '../common/lti-events.js';
import { CoursesModule } from '../courses/courses.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { IntervalsModule } from '../jobs/intervals.module.js';
import { KeysModule } from '../keys/keys.module.js';
import { PlatformHttpModule } from '../platform-http/platform-http.module.js';
import { RegistrationsModule } from '../registrations/registrations.module.js';
import { DeepLinkingService } from './deep-linking/deep-linking.service.js';
import { DeepLinkHandler, LaunchHandler, type MessageHandling } from './launch-handler.js';
import { checkMessages, LaunchMessages } from './launch-messages.js';
import { LaunchService } from './launch.service.js';
import { LaunchCleaner } from './launch.cleaner.js';
import { Lti11Consumer } from './lti11/lti11-consumer.entity.js';
import { Lti11ConsumerService } from './lti11/lti11-consumer.service.js';
import { Lti11LaunchService } from './lti11/lti11-launch.service.js';
import { Lti11Link } from './lti11/lti11-link.entity.js';
import { Lti11LinkRepository } from './lti11/lti11-link.repository.js';
import { Lti11SecretService } from './lti11/lti11-secret.service.js';
import { MigrationClaimVerifier } from './lti11/migration-claim.verifier.js';
import { IdTokenModule } from './oidc/id-token.module.js';
import { OidcLaunchService } from './oidc/oidc-launch.service.js';
import { OidcLoginService } from './oidc/oidc-login.service.js';
import { LaunchSessionModule } from './sessions/launch-session.module.js';
import { TargetLinkHandler } from './target-link.handler.js';
import { UsedNonceRepository } from './used-nonce.repository.js';

/** The embedder's handler, and what its dependencies come from. */
export interface LaunchHandling {
  /** Nest creates it, so it can inject services of the host. */
  handler: Type<LaunchHandler>;
  /** Answers the launches by which a user picks content. Default: `handler`. */
  deepLinkHandler?: Type<DeepLinkHandler>;
  /** Further message types, or ones with a handler of their own. Default: none. */
  messages?: readonly MessageHandling[];
  /** Answers the launches with any other message type. Default: they are refused with `message_type_unsupported`. */
  otherMessagesHandler?: Type<LaunchHandler>;
  /** Modules that export what the handlers inject. */
  imports?: ModuleMetadata['imports'];
}

const forControllers = [
  DeepLinkingService,
  LaunchService,
  Lti11ConsumerService,
  Lti11LaunchService,
  Lti11LinkRepository,
  OidcLaunchService,
  OidcLoginService,
];

@Module({})
export class LaunchModule {
  /**
   * @param handling who answers launches. Default: they go on to their target link.
   * @throws {ConfigurationInvalid} for a message type without a name, or with two handlers
   */
  static forRoot(handling: LaunchHandling = { handler: TargetLinkHandler }): DynamicModule {
    return {
      module: LaunchModule,
      imports: [
        CoursesModule,
        MetricsModule,
        IdTokenModule,
        IntervalsModule,
        KeysModule,
        LaunchSessionModule,
        PlatformHttpModule,
        RegistrationsModule,
        TypeOrmModule.forFeature([Lti11Consumer, Lti11Link], LTI_DATA_SOURCE),
        ...(handling.imports ?? []),
      ],
      providers: [
        ...forControllers,
        LaunchCleaner,
        Lti11SecretService,
        ltiEventsProvider,
        MigrationClaimVerifier,
        UsedNonceRepository,
        { provide: LaunchHandler, useClass: handling.handler },
        handling.deepLinkHandler === undefined
          ? { provide: DeepLinkHandler, useExisting: LaunchHandler }
          : { provide: DeepLinkHandler, useClass: handling.deepLinkHandler },
        ...messageProviders(handling),
      ],
      exports: forControllers,
    };
  }
}

/** The handlers of `messages`, one instance of each class, and the LaunchMessages that knows them. */
function messageProviders(handling: LaunchHandling): (Type | FactoryProvider)[] {
  const { deepLinkHandler, messages = [], otherMessagesHandler } = handling;
  checkMessages(messages, deepLinkHandler !== undefined);
  const handlers = messages.map(({ handler }) => handler);
  if (otherMessagesHandler !== undefined) handlers.push(otherMessagesHandler);
  const tokens = handlers.map((handler) => (handler === handling.handler ? LaunchHandler : handler));
  return [
    ...new Set(handlers.filter((handler) => handler !== handling.handler)),
    {
      provide: LaunchMessages,
      inject: [LaunchHandler, DeepLinkHandler, ...tokens],
      useFactory: (handler: LaunchHandler, deepLinking: DeepLinkHandler, ...made: LaunchHandler[]) =>
        new LaunchMessages({
          handler,
          deepLinkHandler: deepLinking,
          messages: new Map(
            messages.map(({ type, requiredClaims = [] }, place) => [
              type,
              { requiredClaims, handler: made[place] ?? handler },
            ]),
          ),
          otherMessagesHandler: made[messages.length],
        }),
    },
  ];
}
