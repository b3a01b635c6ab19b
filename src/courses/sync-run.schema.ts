import { z } from 'zod';
import { idPageQuerySchema } from '../common/page.schema.js';
import { syncRunStatuses } from './sync-run.entity.js';

/** `delayed`: queued, but not before `retryAt`. */
const shownStatus = z.enum([...syncRunStatuses, 'delayed']);

/** A sync run in API responses. Its counts grow while it is running. */
export const syncRunViewSchema = z.object({
  id: z.uuid(),
  courseId: z.uuid(),
  registrationId: z.uuid(),
  trigger: z.enum(['request', 'schedule']),
  status: shownStatus,
  counts: z.object({
    added: z.int(),
    updated: z.int(),
    removed: z.int(),
    unchanged: z.int(),
    pages: z.int(),
    tokenRequests: z.int(),
    /** Line items and results that the platform listed. */
    lineItems: z.int(),
    results: z.int(),
    /** Line items and results together: new or changed, and removed. */
    gradesWritten: z.int(),
    gradesRemoved: z.int(),
  }),
  /** How often it was started: more than once after a crash, a shutdown or a delay. */
  attempts: z.int(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  /** Why line items or results were not read, or not all of them, in a run that ended well. */
  gradesError: z.object({ code: z.string(), message: z.string() }).nullable(),
  /** Why the groups of the course were not read, in a run that ended well. */
  groupsError: z.object({ code: z.string(), message: z.string() }).nullable(),
  retryAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
});
export type SyncRunView = z.output<typeof syncRunViewSchema>;

export const syncRunQuerySchema = idPageQuerySchema.extend({
  courseId: z.uuid().optional(),
  registrationId: z.uuid().optional(),
  status: z.enum(syncRunStatuses).optional(),
});
/** A page of `SyncRunRepository.list`; every filter may be left out. */
export type SyncRunQuery = Partial<z.output<typeof syncRunQuerySchema>>;

/** A run that was asked for: new, or the one that was unfinished already. */
export const requestedRunSchema = z.object({ id: z.uuid(), courseId: z.uuid() });
/** The ids of a run that was requested, and of its course. */
export type RequestedRun = z.output<typeof requestedRunSchema>;

export const requestedRunsSchema = z.object({ runs: z.array(requestedRunSchema) });
export type RequestedRuns = z.output<typeof requestedRunsSchema>;
