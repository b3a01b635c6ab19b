import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { LTI_DATA_SOURCE } from '../../database/lti-data-source.js';
import { LaunchSession } from './launch-session.entity.js';
import { LaunchSessions } from './launch-sessions.service.js';
import { SessionTokens } from './session-tokens.js';

@Module({
  imports: [TypeOrmModule.forFeature([LaunchSession], LTI_DATA_SOURCE)],
  providers: [LaunchSessions, SessionTokens],
  exports: [LaunchSessions],
})
export class LaunchSessionsModule {}
