import { Time } from './time.js';

/** How much is left of the time until something expires, as a bar and in words. */
export function Expiry({ from, until }: { from: string | null; until: string | null }) {
  if (until === null) return <span class="fine">not known</span>;
  const end = new Date(until).getTime();
  const start = from === null ? undefined : new Date(from).getTime();
  // eslint-disable-next-line no-restricted-syntax -- the reader's time
  const left = Math.max(0, end - Date.now());
  return (
    <>
      {start !== undefined && end > start && (
        <meter aria-label="Time left" min={0} max={end - start} value={Math.min(left, end - start)} />
      )}{' '}
      <Time at={until} />
    </>
  );
}
