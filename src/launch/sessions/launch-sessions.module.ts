import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { LTI_DATA_SOURCE } from '../../database/lti-data-source.js';
import { LaunchSession } from './launch-session.entity.js';
import { LaunchSessions } from './launch-sessions.service.js';
import { SessionTokens } from './session-tokens.js';

/** Global: what a guard needs has to be in the module of the controller that it stands on, and that may be any of the host's. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([LaunchSession], LTI_DATA_SOURCE)],
  providers: [LaunchSessions, SessionTokens],
  exports: [LaunchSessions],
})
export class LaunchSessionsModule {}
