import { type SyncRunView } from '../../src/courses/sync-run.schema.js';
import { Badge, type Tone } from './parts/badge.js';

const tones: Readonly<Record<SyncRunView['status'], Tone>> = {
  queued: 'neutral',
  running: 'neutral',
  delayed: 'warning',
  completed: 'good',
  suspicious: 'warning',
  failed: 'bad',
  cancelled: 'neutral',
};

export function SyncRunState({ status }: Pick<SyncRunView, 'status'>) {
  return <Badge tone={tones[status]}>{status}</Badge>;
}

/** The counts of a run, in words. */
export function changesOf({ counts: { added, updated, removed, unchanged } }: SyncRunView): string {
  return `${added} added, ${updated} changed, ${removed} removed, ${unchanged} as before`;
}
