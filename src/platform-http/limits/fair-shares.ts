/** One process that uses a platform. */
export interface Claimant {
  id: string;
  /** Requests at once that it has use for. */
  wants: number;
  /** What it has now. */
  slots: number;
  /** When it last got its first slot, or lost its last one: epoch ms. */
  since: number;
}

/**
 * How many slots each process should have: as many as it wants while there are enough, else as even as can be. With more
 * processes than slots one each for some, in turns. All processes reckon alike, so that the sum is never above `limit`.
 *
 * @param turnMs so long a process may keep its only slot while others wait for one
 */
export function fairShares(
  limit: number,
  claimants: readonly Claimant[],
  nowMs: number,
  turnMs: number,
): Map<string, number> {
  const shares = new Map(claimants.map(({ id }) => [id, 0]));
  const wanting = claimants.filter(({ wants }) => wants > 0);
  if (wanting.length > limit) {
    for (const { id } of inTurn(wanting, nowMs, turnMs).slice(0, limit)) shares.set(id, 1);
    return shares;
  }
  const byId = claimants.toSorted((one, other) => (one.id < other.id ? -1 : 1));
  // One at least, if there are enough: whoever wants none now may want one in a moment, and should not have to wait.
  const least = claimants.length <= limit ? 1 : 0;
  const left = dealOut(limit, byId, shares, ({ wants }) => Math.max(wants, least));
  dealOut(left, byId, shares, () => Infinity);
  return shares;
}

/** One to each of those who have too little, again and again. */
function dealOut(
  count: number,
  claimants: readonly Claimant[],
  shares: Map<string, number>,
  enough: (claimant: Claimant) => number,
): number {
  let left = count;
  for (let dealt = -1; left > 0 && dealt !== left;) {
    dealt = left;
    for (const claimant of claimants) {
      const has = shares.get(claimant.id) ?? 0;
      if (left === 0 || has >= enough(claimant)) continue;
      shares.set(claimant.id, has + 1);
      left -= 1;
    }
  }
  return left;
}

/** Those in the middle of their turn; then those who wait, the longest first; then those who had theirs. */
function inTurn(claimants: readonly Claimant[], nowMs: number, turnMs: number): Claimant[] {
  const rank = ({ slots, since }: Claimant): number => {
    if (slots === 0) return 1;
    return nowMs - since < turnMs ? 0 : 2;
  };
  return claimants.toSorted(
    (one, other) => rank(one) - rank(other) || one.since - other.since || (one.id < other.id ? -1 : 1),
  );
}
