import { Global, Module } from '@nestjs/common';
import { Clock, SystemClock } from '../common/clock.js';
import { KeyRing } from '../common/encryption.js';
import { UrlPolicy } from '../common/url-policy.js';
import { LtiConfig, parseLtiConfig } from './lti-config.js';
import { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } from './lti-config.module-definition.js';

/** Global, so that each feature can inject the options. Its injection tokens are private, so they cannot clash with the host's. */
@Global()
@Module({
  providers: [
    { provide: LtiConfig, inject: [MODULE_OPTIONS_TOKEN], useFactory: parseLtiConfig },
    { provide: Clock, useClass: SystemClock },
    {
      provide: KeyRing,
      inject: [LtiConfig],
      useFactory: (config: LtiConfig) => new KeyRing(config.encryptionKeys),
    },
    {
      provide: UrlPolicy,
      inject: [LtiConfig],
      useFactory: (config: LtiConfig) => new UrlPolicy(config.platformHttp),
    },
  ],
  exports: [LtiConfig, Clock, KeyRing, UrlPolicy],
})
export class LtiConfigModule extends ConfigurableModuleClass {}
