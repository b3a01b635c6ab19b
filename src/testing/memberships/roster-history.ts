import { type SimulatedMember } from './simulated-member.schema.js';

interface MemberTrace {
  /** The member as JSON, to be compared. */
  readonly seenAs: string;
  readonly changedAt: number;
}

/**
 * When each member of a course last changed, counted in readings. It compares the roster with the previous reading, so tests
 * can change members in any way.
 */
export class RosterHistory {
  readonly #present = new Map<string, MemberTrace>();
  readonly #removed = new Map<string, MemberTrace>();
  #looks = 0;

  /** Reads the roster as it is now. @returns the mark for a later request for differences */
  look(members: readonly SimulatedMember[]): number {
    this.#looks += 1;
    const here = new Set(members.map(({ userId }) => userId));
    for (const [userId, trace] of this.#present) {
      if (here.has(userId)) continue;
      this.#present.delete(userId);
      this.#removed.set(userId, { ...trace, changedAt: this.#looks });
    }
    for (const member of members) this.#see(member);
    return this.#looks;
  }

  /** The members that were added or changed after the mark, and the removed ones with the status Deleted (NRPS 2.0, 2.4.2). */
  since(mark: number): SimulatedMember[] {
    const removed = changedAfter(mark, this.#removed).map((member) => ({
      ...member,
      status: 'Deleted' as const,
    }));
    return [...changedAfter(mark, this.#present), ...removed];
  }

  #see(member: SimulatedMember): void {
    const seenAs = JSON.stringify(member);
    if (this.#present.get(member.userId)?.seenAs === seenAs) return;
    this.#removed.delete(member.userId);
    this.#present.set(member.userId, { seenAs, changedAt: this.#looks });
  }
}

function changedAfter(mark: number, traces: ReadonlyMap<string, MemberTrace>): SimulatedMember[] {
  return [...traces.values()]
    .filter(({ changedAt }) => changedAt > mark)
    .map(({ seenAs }) => JSON.parse(seenAs) as SimulatedMember);
}
