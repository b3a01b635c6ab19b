import { Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import { Readable } from 'node:stream';
import { ApiController } from '../access/api-controller.decorator.js';
import { goneSignal, type HttpReply, sendStream } from '../common/http-reply.js';
import { type HttpRequest } from '../common/http-request.js';
import { idParamSchema, type Page, pageSchema } from '../common/page.schema.js';
import { Operation } from '../common/openapi/operation.decorator.js';
import { ValidatedParam, ValidatedQuery } from '../common/validated-parameters.js';
import { CourseSyncService } from './course-sync.service.js';
import { SyncRunRepository } from './sync-run.repository.js';
import { SyncRunStreams } from './sync-run-streams.js';
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
    private readonly streams: SyncRunStreams,
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

  @Post('sync-runs/:id/retry')
  @HttpCode(202)
  @Operation({
    summary:
      'Sync the course of a failed run again; a run of the course that is unfinished already is returned',
    response: requestedRunSchema,
    errors: {
      404: 'sync_run_not_found, or course_not_found: it was deleted',
      409: 'sync_run_not_failed',
    },
  })
  retry(@ValidatedParam('id', idParamSchema) id: string): Promise<RequestedRun> {
    return this.syncs.retry(id);
  }

  @Get('sync-runs/:id/events')
  @Operation({
    summary: 'The progress of a sync run as server-sent events, until it ends',
    response: syncRunViewSchema,
    responseType: 'text/event-stream',
    responseDescription:
      'Each event of the type `progress` has the run as its data. 204 if `Last-Event-ID` is that of the end.',
    errors: { 404: 'sync_run_not_found', 503: 'too_many_streams' },
  })
  async stream(
    @ValidatedParam('id', idParamSchema) id: string,
    @Req() request: HttpRequest,
    @Res() reply: HttpReply,
  ): Promise<void> {
    const gone = goneSignal(reply);
    const run = await this.runs.get(id);
    const lastEventId = request.headers['last-event-id'];
    const text =
      request.method === 'HEAD'
        ? []
        : this.streams.open(run, {
            lastEventId: typeof lastEventId === 'string' ? lastEventId : undefined,
            gone,
          });
    // A proxy or middleware that compresses or buffers the answer would keep the events back.
    const headers = { 'Cache-Control': 'no-store, no-transform', 'X-Accel-Buffering': 'no' };
    if (text === undefined) return sendStream(reply, 204, headers, Readable.from([]));
    try {
      await sendStream(reply, 200, { ...headers, 'Content-Type': 'text/event-stream' }, Readable.from(text));
    } catch (error) {
      if (!gone.aborted) throw error;
    }
  }
}
