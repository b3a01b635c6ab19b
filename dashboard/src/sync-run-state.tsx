import { type SyncRunView } from '../../src/courses/sync-run.schema.js';
import { State, type States } from './parts/state.js';

export const syncRunStates: States<SyncRunView['status']> = {
  queued: ['queued', 'neutral'],
  running: ['running', 'neutral'],
  delayed: ['delayed', 'warning'],
  completed: ['completed', 'good'],
  suspicious: ['suspicious', 'warning'],
  failed: ['failed', 'bad'],
  cancelled: ['cancelled', 'neutral'],
};

export function SyncRunState({ status }: Pick<SyncRunView, 'status'>) {
  return <State state={status} of={syncRunStates} />;
}

/** The counts of a run that are not zero, in words, for a row of a list. */
export function shortChangesOf({ counts: { added, updated, removed, unchanged } }: SyncRunView): string {
  const counts = { added, changed: updated, removed, 'as before': unchanged };
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ');
}

/** The counts of a run, in words. */
export function changesOf({ counts: { added, updated, removed, unchanged } }: SyncRunView): string {
  return `${added} added, ${updated} changed, ${removed} removed, ${unchanged} as before`;
}
