import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { createHash, randomBytes } from 'node:crypto';
import { IsNull, Repository } from 'typeorm';
import { Clock } from '../common/clock.js';
import { LtiConfig } from '../config/lti-config.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { ApiKeyRejected } from './access.errors.js';
import { ApiKey } from './api-key.entity.js';

/** The one row that the configuration speaks for. */
const BOOTSTRAP_ID = '00000000-0000-7000-8000-000000000001';

const FIRST_ID = '00000000-0000-7000-8000-000000000002';

/** Keys to our REST API. They are long and random, so a plain hash keeps them safe at rest and finds them by index. */
@Injectable()
export class ApiKeyService implements OnModuleInit {
  constructor(
    @InjectRepository(ApiKey, LTI_DATA_SOURCE) private readonly keys: Repository<ApiKey>,
    @Inject(LtiConfig) private readonly config: LtiConfig,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** The configured key works from the first request on, and one that was taken out of the configuration no longer. */
  async onModuleInit(): Promise<void> {
    const { adminApiKey } = this.config;
    if (adminApiKey === undefined) {
      await this.keys.delete({ id: BOOTSTRAP_ID });
      return;
    }
    await this.keys.upsert(
      {
        id: BOOTSTRAP_ID,
        name: 'bootstrap (from the configuration)',
        keyHash: hashOf(adminApiKey),
        scope: 'write',
        createdAt: this.clock.now(),
        revokedAt: null,
      },
      ['id'],
    );
  }

  /** A first key with scope `write`, when there is none at all; undefined otherwise. It is not kept: show it now. */
  async createFirst(): Promise<string | undefined> {
    const key = `nlti_${randomBytes(32).toString('base64url')}`;
    // One statement, so that of several processes that start together one makes it.
    const created = await this.keys.manager.query<unknown[]>(
      `INSERT INTO nest_lti.api_key (id, name, key_hash, scope, created_at)
       SELECT $1, 'first', $2, 'write', $3 WHERE NOT EXISTS (SELECT FROM nest_lti.api_key)
       ON CONFLICT DO NOTHING RETURNING id`,
      [FIRST_ID, hashOf(key), this.clock.now()],
    );
    return created.length === 0 ? undefined : key;
  }

  /** Whether there is a key that works. */
  exists(): Promise<boolean> {
    return this.keys.existsBy({ revokedAt: IsNull() });
  }

  /** @throws ApiKeyRejected */
  async authenticate(key: string): Promise<ApiKey> {
    const found = await this.keys.findOneBy({ keyHash: hashOf(key), revokedAt: IsNull() });
    if (found === null) throw new ApiKeyRejected();
    return found;
  }
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}
