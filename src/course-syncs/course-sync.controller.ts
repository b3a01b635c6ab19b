import { Get, HttpCode, Post } from '@nestjs/common';
import { ApiController } from '../access/api-controller.decorator.js';
import { idParamSchema, type Page, pageSchema } from '../common/page.schema.js';
import { Operation } from '../common/openapi/operation.decorator.js';
import { ValidatedParam, ValidatedQuery } from '../common/validated-parameters.js';
import { CourseSyncService } from './course-sync.service.js';
import { SyncRunRepository } from './sync-run.repository.js';
import {
  type RequestedRun,
  type RequestedRuns,
  requestedRunSchema,
  requestedRunsSchema,
  type SyncRunQuery,
  syncRunQuerySchema,
  type SyncRunView,
  syncRunViewSchema,
} from '../courses/sync-run.schema.js';
import { viewSyncRun } from '../courses/sync-run.view.js';

@ApiController('', 'course syncs')
export class CourseSyncController {
  constructor(
    private readonly syncs: CourseSyncService,
    private readonly runs: SyncRunRepository,
  ) {}

  @Post('courses/:id/sync')
  @HttpCode(202)
  @Operation({
    summary: 'Sync a course; a run that is unfinished already is returned',
    response: requestedRunSchema,
    errors: { 404: 'course_not_found' },
  })
  syncCourse(@ValidatedParam('id', idParamSchema) id: string): Promise<RequestedRun> {
    return this.syncs.syncCourse(id);
  }

  @Post('registrations/:id/sync')
  @HttpCode(202)
  @Operation({
    summary: 'Sync all courses of a registration',
    response: requestedRunsSchema,
    errors: { 404: 'registration_not_found' },
  })
  async syncRegistration(@ValidatedParam('id', idParamSchema) id: string): Promise<RequestedRuns> {
    return { runs: await this.syncs.syncRegistration(id) };
  }

  @Post('syncs')
  @HttpCode(202)
  @Operation({ summary: 'Sync all courses', response: requestedRunsSchema })
  async syncAll(): Promise<RequestedRuns> {
    return { runs: await this.syncs.syncAll() };
  }

  @Get('sync-runs')
  @Operation({ summary: 'List sync runs', response: pageSchema(syncRunViewSchema) })
  list(@ValidatedQuery(syncRunQuerySchema) query: SyncRunQuery): Promise<Page<SyncRunView>> {
    return this.runs.list(query, viewSyncRun);
  }

  @Get('sync-runs/:id')
  @Operation({
    summary: 'One sync run, with its progress',
    response: syncRunViewSchema,
    errors: { 404: 'sync_run_not_found' },
  })
  async get(@ValidatedParam('id', idParamSchema) id: string): Promise<SyncRunView> {
    return viewSyncRun(await this.runs.get(id));
  }
}
