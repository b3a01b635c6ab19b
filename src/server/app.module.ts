import { type DynamicModule, Module } from '@nestjs/common';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { ScheduleModule } from '@nestjs/schedule';
import { LtiModule, type LtiModuleOptions } from 'nest-lti';
import { dashboard } from 'nest-lti-dashboard';
import { type Environment } from './environment.schema.js';
import { OperationsModule } from './operations.module.js';
import { PagesModule } from './pages.module.js';

/** The standalone service: the module's first embedder, with what a host brings along. */
@Module({})
export class AppModule {
  static forRoot(options: LtiModuleOptions, worker: Environment['WORKER'] = 'on'): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ScheduleModule.forRoot(),
        EventEmitterModule.forRoot(),
        LtiModule.forRoot({ ...options, api: 'api-keys', dashboard, worker }),
        OperationsModule,
        ...(worker === 'only' ? [] : [PagesModule]),
      ],
    };
  }
}
