import { type BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Clock } from '../common/clock.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { ApiKey } from './api-key.entity.js';

const EVERY_MS = 60_000;

/** When each key was last used, written at most once a minute and beside the request, which neither waits nor fails for it. */
@Injectable()
export class ApiKeyUsage implements BeforeApplicationShutdown {
  private readonly logger = new Logger(ApiKeyUsage.name);
  /** When this process last wrote, by key id: many requests may have read the row before the write is through. */
  private readonly written = new Map<string, number>();
  private readonly writing = new Set<Promise<void>>();
  private closed = false;

  constructor(
    @InjectRepository(ApiKey, LTI_DATA_SOURCE) private readonly keys: Repository<ApiKey>,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  note({ id, lastUsedAt }: Pick<ApiKey, 'id' | 'lastUsedAt'>): void {
    const now = this.clock.now();
    const before = Math.max(this.written.get(id) ?? -Infinity, lastUsedAt?.getTime() ?? -Infinity);
    if (this.closed || now.getTime() - before < EVERY_MS) return;
    this.written.set(id, now.getTime());
    const write = this.write(id, now).finally(() => this.writing.delete(write));
    this.writing.add(write);
  }

  /** Before the database's connections end. */
  async beforeApplicationShutdown(): Promise<void> {
    this.closed = true;
    await Promise.all(this.writing);
  }

  private async write(id: string, now: Date): Promise<void> {
    try {
      // Other processes serve the same key, so the newest use of any process counts.
      await this.keys.query(
        `UPDATE nest_lti.api_key SET last_used_at = $2
         WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $3)`,
        [id, now, new Date(now.getTime() - EVERY_MS)],
      );
    } catch (error) {
      this.logger.warn(`The last use of API key ${id} was not written: ${String(error)}`);
    }
  }
}
