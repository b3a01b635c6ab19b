import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.js';
import { RegistrationsModule } from '../registrations/registrations.module.js';
import { PlatformMoveService } from './platform-move.service.js';

@Module({
  imports: [DatabaseModule, RegistrationsModule],
  providers: [PlatformMoveService],
  exports: [PlatformMoveService],
})
export class PlatformMovesModule {}
