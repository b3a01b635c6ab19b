import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { ToolKey } from './tool-key.entity.js';
import { ToolKeyService } from './tool-key.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([ToolKey], LTI_DATA_SOURCE)],
  providers: [ToolKeyService],
  exports: [ToolKeyService],
})
export class KeysModule {}
