import { type SyncRun } from '../courses/sync-run.entity.js';

/** The priorities of the job engine are whole numbers below this one; the lowest is taken first. */
const LIMIT = 2 ** 21;
/** With this step the priorities begin again after 20 years. */
const STEP_MS = 300_000;

/** Steps that a run lets others go first, by the trigger and by the size of its course. */
const SCHEDULED = 6;
const SIZES = [
  { above: 2000, steps: 2 },
  { above: 200, steps: 1 },
];
/** More members than this make no difference. */
export const LARGEST_SIZE = 2001;

/**
 * The priority of a run's job: the time until which others go first. So requested runs come before scheduled ones, and small courses
 * before large ones, but a run that has waited for up to 40 minutes comes before all that were requested after it.
 *
 * @param members of the course, as last stored
 */
export function syncPriority(trigger: SyncRun['trigger'], members: number, requestedAt: Date): number {
  const bySize = SIZES.find(({ above }) => members > above)?.steps ?? 0;
  const steps = (trigger === 'schedule' ? SCHEDULED : 0) + bySize;
  // 0 means "before all that have a priority".
  return 1 + ((Math.floor(requestedAt.getTime() / STEP_MS) + steps) % (LIMIT - 1));
}
