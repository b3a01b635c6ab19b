import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  HealthCheck,
  type HealthCheckResult,
  HealthCheckService,
  HealthIndicatorService,
} from '@nestjs/terminus';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { pendingMigrations } from '../database/migrate-database.js';
import { JobQueues } from '../jobs/job-queues.js';

const CHECK_TIMEOUT_MS = 3000;

/** For orchestrators: `live` says that the process answers, `ready` that it can work. */
@ApiTags('operations')
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly jobs: JobQueues,
    @InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource,
  ) {}

  @Get('live')
  @ApiOperation({ summary: 'Whether the process answers' })
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  @HealthCheck()
  @ApiOperation({ summary: 'Whether database, migrations and job engine are there' })
  ready(): Promise<HealthCheckResult> {
    return this.health.check([
      () => this.check('database', () => this.dataSource.query('SELECT 1')),
      () => this.check('migrations', () => this.assertMigrated()),
      () => this.check('jobs', () => this.jobs.ping()),
    ]);
  }

  private async assertMigrated(): Promise<void> {
    const pending = await pendingMigrations(this.dataSource);
    if (pending.length > 0) throw new Error(`pending: ${pending.join(', ')}`);
  }

  private async check(name: string, work: () => Promise<unknown>) {
    const indicator = this.indicators.check(name);
    const timeout = AbortSignal.timeout(CHECK_TIMEOUT_MS);
    const tooLate = new Promise<never>((_, reject) => {
      timeout.addEventListener('abort', () => reject(new Error('no answer in time')), { once: true });
    });
    try {
      await Promise.race([work(), tooLate]);
      return indicator.up();
    } catch (error) {
      // Whoever asks is not authenticated: the reason in a word, the rest is in the log.
      return indicator.down(error instanceof Error ? error.message : 'failed');
    }
  }
}
