import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.js';
import { RegistrationsModule } from '../registrations/registrations.module.js';
import { PlatformMoves } from './platform-move.service.js';

@Module({
  imports: [DatabaseModule, RegistrationsModule],
  providers: [PlatformMoves],
  exports: [PlatformMoves],
})
export class PlatformMovesModule {}
