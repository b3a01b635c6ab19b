import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Clock } from '../common/clock.js';
import { LtiConfig } from '../config/lti-config.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { hashOfKey } from './api-key-hash.js';
import { ApiKey, CONFIGURED_KEY_ID } from './api-key.entity.js';

/**
 * The configured key works from the first request on, and ends the one that was configured before. A process without a
 * configured key leaves it alone: it may be an embedder's on the database of the service, whose key it is.
 */
@Injectable()
export class ConfiguredApiKey implements OnModuleInit {
  constructor(
    @InjectRepository(ApiKey, LTI_DATA_SOURCE) private readonly keys: Repository<ApiKey>,
    @Inject(LtiConfig) private readonly config: LtiConfig,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  async onModuleInit(): Promise<void> {
    const { adminApiKey } = this.config;
    if (adminApiKey === undefined) return;
    await this.keys.upsert(
      {
        id: CONFIGURED_KEY_ID,
        name: 'bootstrap (from the configuration)',
        keyHash: hashOfKey(adminApiKey),
        scope: 'write',
        createdAt: this.clock.now(),
        revokedAt: null,
      },
      ['id'],
    );
  }
}
