import { type DynamicModule, Module } from '@nestjs/common';
import { type LtiModuleOptions } from '../config/lti-config.js';
import { LtiConfigModule } from '../config/lti-config.module.js';
import { DatabaseModule } from '../database/database.module.js';
import { withWorkerMode } from '../jobs/worker-mode.js';
import { KeysModule } from '../keys/keys.module.js';
import { PlatformHttpModule } from '../platform-http/platform-http.module.js';
import { RegistrationChecksModule } from '../registration-checks/registration-checks.module.js';
import { RegistrationsModule } from '../registrations/registrations.module.js';
import { PublicUrlCheck } from './public-url-check.js';

/** What the checks of registrations need, without routes, jobs, periodic work and migrations. */
@Module({
  imports: [DatabaseModule, KeysModule, PlatformHttpModule, RegistrationChecksModule, RegistrationsModule],
  providers: [PublicUrlCheck],
})
export class DoctorModule {
  static forRoot({ database, ...options }: LtiModuleOptions): DynamicModule {
    const config = LtiConfigModule.forRoot({
      ...options,
      database: { ...database, migrate: false },
      // Tokens of a check are for the check: a store that fails is a finding of its own.
      tokenStore: 'memory',
      jobs: { backend: 'postgres' },
    });
    return { module: DoctorModule, imports: [withWorkerMode(config, 'off')] };
  }
}
