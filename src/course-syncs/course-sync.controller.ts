import { Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { ApiController } from '../access/api-controller.decorator.js';
import { idParamSchema, type Page, pageSchema } from '../common/page.schema.js';
import { CourseSyncService } from './course-sync.service.js';
import { SyncRuns } from './sync-run.repository.js';
import {
  type RequestedRun,
  type RequestedRuns,
  requestedRunSchema,
  requestedRunsSchema,
  type SyncRunQuery,
  syncRunQuerySchema,
  type SyncRunView,
  syncRunViewSchema,
} from './sync-run.schema.js';
import { viewSyncRun } from './sync-run.view.js';

@ApiController('api', 'course syncs')
export class CourseSyncController {
  constructor(
    private readonly syncs: CourseSyncService,
    private readonly runs: SyncRuns,
  ) {}

  @Post('courses/:id/sync')
  @HttpCode(202)
  @ApiOperation({ summary: 'Sync a course; a run that is unfinished already is returned' })
  @ApiAcceptedResponse({ standardSchema: requestedRunSchema })
  @ApiNotFoundResponse({ description: 'course_not_found' })
  syncCourse(@Param('id', { schema: idParamSchema }) id: string): Promise<RequestedRun> {
    return this.syncs.syncCourse(id);
  }

  @Post('registrations/:id/sync')
  @HttpCode(202)
  @ApiOperation({ summary: 'Sync all courses of a registration' })
  @ApiAcceptedResponse({ standardSchema: requestedRunsSchema })
  @ApiNotFoundResponse({ description: 'registration_not_found' })
  async syncRegistration(@Param('id', { schema: idParamSchema }) id: string): Promise<RequestedRuns> {
    return { runs: await this.syncs.syncRegistration(id) };
  }

  @Post('syncs')
  @HttpCode(202)
  @ApiOperation({ summary: 'Sync all courses' })
  @ApiAcceptedResponse({ standardSchema: requestedRunsSchema })
  async syncAll(): Promise<RequestedRuns> {
    return { runs: await this.syncs.syncAll() };
  }

  @Get('sync-runs')
  @ApiOperation({ summary: 'List sync runs, the oldest first' })
  @ApiOkResponse({ standardSchema: pageSchema(syncRunViewSchema) })
  list(@Query({ schema: syncRunQuerySchema }) query: SyncRunQuery): Promise<Page<SyncRunView>> {
    return this.runs.list(query, viewSyncRun);
  }

  @Get('sync-runs/:id')
  @ApiOperation({ summary: 'One sync run, with its progress' })
  @ApiOkResponse({ standardSchema: syncRunViewSchema })
  @ApiNotFoundResponse({ description: 'sync_run_not_found' })
  async get(@Param('id', { schema: idParamSchema }) id: string): Promise<SyncRunView> {
    return viewSyncRun(await this.runs.get(id));
  }
}
