/** A comparison of a stored list with a complete reading of it. */
export interface ListComparison {
  /** Rows in all. */
  stored: number;
  /** Entries that the reading lacked. `confirmed`: the reading before lacked them, too. */
  missing: { id: string; confirmed: boolean }[];
  /** Whether an earlier reading has marked entries that it lacked. */
  isMarked: boolean;
}

/** The part of a row that the comparison needs. */
export interface ListedRow {
  id: string;
  missingSince: Date | null;
}

const PORTION = 5000;

/** @param portion the next rows after an id, in the order of their ids, at most `take` of them */
export async function compareList(
  seen: ReadonlySet<string>,
  portion: (after: string, take: number) => Promise<ListedRow[]>,
): Promise<ListComparison> {
  const comparison: ListComparison = { stored: 0, missing: [], isMarked: false };
  for (let after = ''; ;) {
    const rows = await portion(after, PORTION);
    for (const { id, missingSince } of rows) {
      if (missingSince !== null) comparison.isMarked = true;
      if (!seen.has(id)) comparison.missing.push({ id, confirmed: missingSince !== null });
    }
    comparison.stored += rows.length;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PORTION) return comparison;
    after = last.id;
  }
}
