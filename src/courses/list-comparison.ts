/** A comparison of a stored list with a complete reading of it. */
export interface ListComparison {
  /** Rows in all. */
  stored: number;
  /** Entries that the reading lacked. `confirmed`: the reading before lacked them, too. */
  missing: { id: string; confirmed: boolean }[];
  /** Whether an earlier reading has marked entries that it lacked. */
  isMarked: boolean;
}
