import { Get, Logger, ServiceUnavailableException } from '@nestjs/common';
import {
  HealthCheck,
  type HealthCheckResult,
  HealthCheckService,
  type HealthIndicatorResult,
  HealthIndicatorService,
} from '@nestjs/terminus';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import {
  JobQueues,
  LTI_DATA_SOURCE,
  OpenController,
  Operation,
  isDatabaseOutage,
  pendingMigrations,
} from 'nest-lti/internal';
import { CheckFailed, operationErrors } from './operations.errors.js';

const CHECK_TIMEOUT_MS = 3000;

/** For orchestrators: `live` says that the process answers, `ready` that it can work. */
@OpenController('health', 'operations')
export class HealthController {
  private readonly logger = new Logger(HealthController.name);

  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly jobs: JobQueues,
    @InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource,
  ) {}

  @Get('live')
  @Operation({ summary: 'Whether the process answers', responseDescription: 'It does' })
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  @HealthCheck({ noCache: true, swaggerDocumentation: false })
  @Operation({
    summary: 'Whether a database that takes writes, migrations and job engine are there',
    responseDescription: 'They are, each with its status',
    errors: { 503: 'not_ready, with the status of each check' },
  })
  async ready(): Promise<HealthCheckResult> {
    try {
      return await this.health.check([
        () => this.check('database', () => this.assertWritable()),
        () => this.check('migrations', () => this.assertMigrated()),
        () => this.check('jobs', () => this.jobs.ping()),
      ]);
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      throw operationErrors.notReady((error.getResponse() as HealthCheckResult).details);
    }
  }

  /** A replica answers, but launches, syncs and scores have to write. */
  private async assertWritable(): Promise<void> {
    const [row] = await this.dataSource.query<[{ readOnly: string }]>(
      `SELECT current_setting('transaction_read_only') AS "readOnly"`,
    );
    if (row.readOnly === 'on') throw new CheckFailed('read-only');
  }

  private async assertMigrated(): Promise<void> {
    const pending = await pendingMigrations(this.dataSource);
    if (pending.length > 0) throw new CheckFailed(`pending: ${pending.join(', ')}`);
  }

  private async check(name: string, work: () => Promise<unknown>): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check(name);
    const timeout = AbortSignal.timeout(CHECK_TIMEOUT_MS);
    const tooLate = new Promise<never>((_, reject) => {
      timeout.addEventListener('abort', () => reject(new CheckFailed('no answer in time')), { once: true });
    });
    try {
      await Promise.race([work(), tooLate]);
      return indicator.up();
    } catch (error) {
      this.logger.warn(`The check of ${name} failed: ${error instanceof Error ? error.message : 'unknown'}`);
      return indicator.down(publicReason(error));
    }
  }
}

/** The client is not authenticated, so error messages with names and addresses of the database go only to the log. */
function publicReason(error: unknown): string {
  if (error instanceof CheckFailed) return error.message;
  return isDatabaseOutage(error) ? 'unreachable' : 'failed';
}
