import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { ApiKeyUsage } from './api-key-usage.js';
import { ApiKey } from './api-key.entity.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { ApiKeyService } from './api-key.service.js';
import { ConfiguredApiKey } from './configured-api-key.js';

@Module({
  imports: [TypeOrmModule.forFeature([ApiKey], LTI_DATA_SOURCE)],
  providers: [ApiKeyService, ApiKeyUsage, ApiKeyGuard, ConfiguredApiKey],
  exports: [ApiKeyService, ApiKeyGuard],
})
export class AccessModule {}
