import { useEffect, useState } from 'preact/hooks';
import { type SyncRunView } from '../../src/courses/sync-run.schema.js';
import { API } from './paths.js';

/** How long to wait before reading the run again where the service does not stream it. */
const RETRY_MS = 3000;

/**
 * The run with its progress, which the service streams until the run ends.
 *
 * @param reload reads the run again: it has ended, or is not streamed
 */
export function useRunProgress<T extends SyncRunView | null | undefined>(
  run: T,
  reload: () => void,
): T | SyncRunView {
  const [streamed, setStreamed] = useState<SyncRunView>();
  const isUnfinished = run?.finishedAt === null;
  useEffect(() => {
    if (!isUnfinished) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const source = new EventSource(`${API}sync-runs/${run.id}/events`);
    source.addEventListener('progress', ({ data }: MessageEvent<string>) => {
      const next = JSON.parse(data) as SyncRunView;
      setStreamed(next);
      if (next.finishedAt === null) return;
      source.close();
      reload();
    });
    source.addEventListener('error', () => {
      // Otherwise the browser connects again by itself.
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(reload, RETRY_MS);
    });
    return () => {
      source.close();
      clearTimeout(timer);
    };
  }, [run]);
  return isUnfinished && streamed?.id === run.id ? streamed : run;
}
