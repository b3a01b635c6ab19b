/** The bound of the ratio: that of a cost must not be above it, that of a throughput not below. */
export type Bar = { atMost: number } | { atLeast: number };

/** One measurement and its floor: the least that the same work can cost, measured in the same run. */
export interface Row {
  case: string;
  name: string;
  value: number;
  unit: string;
  floor: number;
  /** value / floor. The machine's speed is in both, so this is the figure to compare. */
  ratio: number;
  bar: Bar;
  /** The same work by other libraries that can do it, in the same run and unit. */
  peers: Record<string, number>;
}

export function rowOf(row: Omit<Row, 'ratio' | 'peers'>): Row {
  return { ...row, ratio: round(row.value / row.floor), peers: {} };
}

/** Rounds to three digits. */
export function round(figure: number): number {
  return Number(figure.toPrecision(3));
}
