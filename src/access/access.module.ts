import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { ApiKeyUsage } from './api-key-usage.js';
import { ApiKey } from './api-key.entity.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { ApiKeyService } from './api-key.service.js';
import { ApiSession } from './api-session.entity.js';
import { ApiSessionService } from './api-session.service.js';
import { ConfiguredApiKey } from './configured-api-key.js';

@Module({
  imports: [TypeOrmModule.forFeature([ApiKey, ApiSession], LTI_DATA_SOURCE)],
  providers: [ApiKeyService, ApiKeyUsage, ApiKeyGuard, ApiSessionService, ConfiguredApiKey],
  exports: [ApiKeyService, ApiKeyGuard, ApiSessionService],
})
export class AccessModule {}
