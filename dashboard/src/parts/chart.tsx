import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { List } from './list.js';

/** One line of a chart. */
export interface Series {
  label: string;
  /** One for each point; null where there is none. */
  values: readonly (number | null)[];
  /** The total or the like, in words. */
  summary: string;
}

const HEIGHT = 144;
/** The first line is solid and filled, the second one is dashed, so that nobody needs the colours. */
const solid = { color: '--accent', dash: [] };
const dashed = { color: '--warning', dash: [6, 4] };

const number = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 1 });

function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name);
}

/** How a point is named: by its hour in the reader's zone, or by its day of UTC. */
function nameOf(interval: 'hour' | 'day'): (at: Date) => string {
  const format = new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    ...(interval === 'hour' ? { hour: '2-digit', minute: '2-digit' } : { timeZone: 'UTC' }),
  });
  return (at) => format.format(at);
}

/** Lines over time, with what they mean in words and the numbers in a table. */
export function Chart({
  title,
  unit,
  times,
  interval,
  series,
  empty,
}: {
  title: string;
  /** Behind each number, such as `ms`. */
  unit?: string;
  times: readonly string[];
  interval: 'hour' | 'day';
  series: readonly Series[];
  /** What an empty chart means, and what fills it. */
  empty: string;
}) {
  const [isOpen, setOpen] = useState(false);
  const nameOfTime = nameOf(interval);
  const numberOf = (value: number | null | undefined): string =>
    value === null || value === undefined
      ? 'none'
      : `${number.format(value)}${unit === undefined ? '' : ` ${unit}`}`;
  const isEmpty = series.every(({ values }) => values.every((value) => value === null || value === 0));
  const rows = times.map((at, index) => ({ at, values: series.map(({ values }) => values[index]) }));
  return (
    <figure class="chart">
      <figcaption>
        <h3>{title}</h3>
        <ul class="plain legend">
          {series.map(({ label, summary }, index) => (
            <li key={label}>
              <span class={`line line-${index}`} aria-hidden="true" /> {label}: <strong>{summary}</strong>
            </li>
          ))}
        </ul>
      </figcaption>
      {isEmpty ? (
        <p class="plot fine">{empty}</p>
      ) : (
        <Plot {...{ times, interval, series }} nameOfTime={nameOfTime} numberOf={numberOf} />
      )}
      {!isEmpty && (
        <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
          <summary aria-label={`${title} as a table`}>As a table</summary>
          {isOpen && (
            <List
              name={title}
              pages={{
                items: rows.toReversed(),
                problem: undefined,
                more: undefined,
                reload: () => undefined,
              }}
              keyOf={({ at }) => at}
              columns={[
                {
                  label: interval === 'hour' ? 'Hour from' : 'Day (UTC)',
                  cell: ({ at }) => <time dateTime={at}>{nameOfTime(new Date(at))}</time>,
                },
                ...series.map(({ label }, index) => ({
                  label,
                  cell: ({ values }: (typeof rows)[number]) => numberOf(values[index]),
                })),
              ]}
              empty={null}
            />
          )}
        </details>
      )}
    </figure>
  );
}

/** The lines themselves. Screen readers get the table instead. */
function Plot({
  times,
  interval,
  series,
  nameOfTime,
  numberOf,
}: {
  times: readonly string[];
  interval: 'hour' | 'day';
  series: readonly Series[];
  nameOfTime: (at: Date) => string;
  numberOf: (value: number | null | undefined) => string;
}) {
  const place = useRef<HTMLDivElement>(null);
  const [shown, setShown] = useState<number | null>(null);
  const drawn = JSON.stringify([times, series]);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const plot = new uPlot(
      optionsOf({ interval, series, width: element.clientWidth, onPoint: setShown }),
      [times.map((at) => new Date(at).getTime() / 1000), ...series.map(({ values }) => [...values])],
      element,
    );
    const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const redraw = (): void => plot.redraw(false);
    dark.addEventListener('change', redraw);
    return () => {
      dark.removeEventListener('change', redraw);
      resized.disconnect();
      plot.destroy();
    };
  }, [drawn]);
  const at = shown === null ? undefined : times[shown];
  return (
    <div class="plot" aria-hidden="true">
      <div ref={place} />
      <p class="fine">
        {at === undefined
          ? ' '
          : `${nameOfTime(new Date(at))}: ${series
              .map(({ label, values }) => `${label} ${numberOf(values[shown ?? 0])}`)
              .join(', ')}`}
      </p>
    </div>
  );
}

function optionsOf({
  interval,
  series,
  width,
  onPoint,
}: {
  interval: 'hour' | 'day';
  series: readonly Series[];
  width: number;
  onPoint: (index: number | null) => void;
}): uPlot.Options {
  const axis = {
    stroke: () => color('--fine'),
    grid: { stroke: () => color('--line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  };
  return {
    ...{ width, height: HEIGHT },
    // Days are those of UTC.
    ...(interval === 'day' && {
      tzDate: (seconds: number) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    }),
    legend: { show: false },
    cursor: { y: false, drag: { setScale: false, x: false, y: false } },
    hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? null)] },
    scales: { y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.1 : 1] } },
    axes: [
      { ...axis, size: 28, space: 64, values: timeLabels(interval) },
      {
        ...axis,
        size: 52,
        space: 32,
        values: (_plot, splits) => splits.map((value) => number.format(value)),
      },
    ],
    series: [
      {},
      ...series.map(({ label }, index) => {
        const style = index === 0 ? solid : dashed;
        return {
          label,
          stroke: () => color(style.color),
          width: 2,
          dash: style.dash,
          points: { show: false },
          spanGaps: false,
        };
      }),
    ],
  };
}

/** The labels of the time axis: hours of one day, otherwise days. */
function timeLabels(interval: 'hour' | 'day'): uPlot.Axis.Values {
  const zone = interval === 'day' ? { timeZone: 'UTC' } : {};
  const hour = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', ...zone });
  const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', ...zone });
  return (_plot, splits, _axis, _space, step) =>
    splits.map((seconds) => (step < 86_400 ? hour : day).format(new Date(seconds * 1000)));
}
