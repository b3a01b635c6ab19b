import { type SyncRun } from './sync-run.entity.js';
import { type SyncRunView } from './sync-run.schema.js';

export function viewSyncRun(run: SyncRun): SyncRunView {
  const { added, updated, removed, unchanged, pages, tokenRequests } = run;
  const { lineItems, results, gradesWritten, gradesRemoved } = run;
  return {
    id: run.id,
    courseId: run.courseId,
    registrationId: run.registrationId,
    trigger: run.trigger,
    status: run.status === 'queued' && run.retryAt !== null ? 'delayed' : run.status,
    counts: {
      ...{ added, updated, removed, unchanged, pages, tokenRequests },
      ...{ lineItems, results, gradesWritten, gradesRemoved },
    },
    attempts: run.attempt,
    error: problemOf(run.errorCode, run.message),
    gradesError: problemOf(run.gradesErrorCode, run.gradesMessage),
    groupsError: problemOf(run.groupsErrorCode, run.groupsMessage),
    retryAt: run.retryAt?.toISOString() ?? null,
    createdAt: run.createdAt.toISOString(),
    startedAt: run.startedAt?.toISOString() ?? null,
    finishedAt: run.finishedAt?.toISOString() ?? null,
  };
}

function problemOf(code: string | null, message: string | null): { code: string; message: string } | null {
  return code === null ? null : { code, message: message ?? '' };
}
