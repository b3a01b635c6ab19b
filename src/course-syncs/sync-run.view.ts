import { type SyncRun } from './sync-run.entity.js';
import { type SyncRunView } from './sync-run.schema.js';

export function viewSyncRun(run: SyncRun): SyncRunView {
  const { added, updated, removed, unchanged, pages, tokenRequests } = run;
  return {
    id: run.id,
    courseId: run.courseId,
    registrationId: run.registrationId,
    trigger: run.trigger,
    status: run.status === 'queued' && run.retryAt !== null ? 'delayed' : run.status,
    counts: { added, updated, removed, unchanged, pages, tokenRequests },
    attempts: run.attempt,
    error: run.errorCode === null ? null : { code: run.errorCode, message: run.message ?? '' },
    retryAt: run.retryAt?.toISOString() ?? null,
    createdAt: run.createdAt.toISOString(),
    startedAt: run.startedAt?.toISOString() ?? null,
    finishedAt: run.finishedAt?.toISOString() ?? null,
  };
}
