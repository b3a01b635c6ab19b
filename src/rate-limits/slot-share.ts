/** A process that uses a platform. */
export interface SlotUser {
  processId: string;
  /** Requests at once that it had use for lately. */
  wanted: number;
}

/**
 * How many of a platform's slots one process should hold: as many as it wants if there are enough, otherwise an equal
 * share. Slots that no process wants are divided equally. If more processes want slots than there are, they alternate.
 * All processes compute this from the same rows, and the sum is at most `limit`.
 *
 * @param turn a number that counts up; with each number the slots go to the next processes
 */
export function slotShare(
  limit: number,
  users: readonly SlotUser[],
  processId: string,
  turn: number,
): number {
  const wanting = users.filter(({ wanted }) => wanted > 0).toSorted(byId);
  if (wanting.length > limit) {
    const place = wanting.findIndex((user) => user.processId === processId);
    const first = (turn * limit) % wanting.length;
    return place >= 0 && (place - first + wanting.length) % wanting.length < limit ? 1 : 0;
  }
  let left = limit;
  let own = 0;
  // Processes that want the fewest slots come first; the others share the rest.
  const ascending = users.toSorted((one, other) => one.wanted - other.wanted || byId(one, other));
  for (const [index, user] of ascending.entries()) {
    const share = Math.min(Math.max(1, user.wanted), Math.floor(left / (users.length - index)));
    left -= share;
    if (user.processId === processId) own = share;
  }
  return own + Math.floor(left / users.length);
}

function byId(one: SlotUser, other: SlotUser): number {
  return one.processId < other.processId ? -1 : 1;
}
