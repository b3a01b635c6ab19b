import { median } from './median.js';

/** The bound of the judged figure: a cost must not be above it, a throughput not below. */
export type Bar = { atMost: number } | { atLeast: number };

/** One measurement, and mostly its floor: the least that the same work can cost, measured in the same run. */
export interface Row {
  case: string;
  name: string;
  value: number;
  unit: string;
  /** null where nothing does less work. */
  floor: number | null;
  /** value / floor. The machine's speed is in both, so this is the figure to compare. */
  ratio: number | null;
  /** The least and the greatest of the rounds: of the ratio where there is a floor, of the value otherwise. */
  spread: readonly [number, number] | null;
  /** For the ratio where there is a floor, for the value otherwise. null: the row only informs. */
  bar: Bar | null;
  /** The same work by other libraries that can do it, in the same run and unit. */
  peers: Record<string, number>;
}

export interface RowInput {
  case: string;
  name: string;
  value: number;
  unit: string;
  floor?: number;
  bar?: Bar;
  /** The judged figure of each round, for the spread. With a floor the ratio is their median. */
  rounds?: readonly number[];
  peers?: Record<string, number>;
}

/**
 * A row of the report.
 *
 * @example
 * rowOf({ case: 'sync', name: 'statements', value: 3, unit: 'per course', bar: { atMost: 3 } });
 */
export function rowOf({ floor, bar, rounds = [], peers = {}, ...row }: RowInput): Row {
  const ratio = floor === undefined ? null : round(rounds.length > 0 ? median(rounds) : row.value / floor);
  const spread =
    rounds.length > 1 ? ([round(Math.min(...rounds)), round(Math.max(...rounds))] as const) : null;
  return { ...row, value: round(row.value), floor: floor ?? null, ratio, spread, bar: bar ?? null, peers };
}

/** Whether the bar is met; undefined for a row without one. */
export function isMet({ bar, ratio, value }: Row): boolean | undefined {
  if (bar === null) return undefined;
  const judged = ratio ?? value;
  return 'atMost' in bar ? judged <= bar.atMost : judged >= bar.atLeast;
}

/** Rounds to three digits. */
export function round(figure: number): number {
  return Number(figure.toPrecision(3));
}
