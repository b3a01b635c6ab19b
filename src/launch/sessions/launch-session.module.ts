import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { LTI_DATA_SOURCE } from '../../database/lti-data-source.js';
import { LaunchSession } from './launch-session.entity.js';
import { LaunchSessionService } from './launch-session.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([LaunchSession], LTI_DATA_SOURCE)],
  providers: [LaunchSessionService],
  exports: [LaunchSessionService],
})
export class LaunchSessionModule {}
