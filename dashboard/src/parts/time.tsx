const units = [
  ['year', 31_536_000_000],
  ['month', 2_592_000_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long' });

function distance(at: Date): string {
  // eslint-disable-next-line no-restricted-syntax -- the reader's time, for words such as "5 minutes ago"
  const ms = at.getTime() - Date.now();
  const [unit, size] = units.find(([, length]) => Math.abs(ms) >= length) ?? [];
  return unit === undefined
    ? Math.abs(ms) < 60_000 && ms > 0
      ? 'in a moment'
      : 'just now'
    : relative.format(Math.round(ms / size), unit);
}

/** A time in words, with the exact time in the reader's zone on hover. */
export function Time({ at, none = 'never' }: { at: string | null; none?: string }) {
  if (at === null) return <span class="fine">{none}</span>;
  const date = new Date(at);
  return (
    <time dateTime={at} title={exact.format(date)}>
      {distance(date)}
    </time>
  );
}
