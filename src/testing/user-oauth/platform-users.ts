import { type SimulatedCourse } from '../platform/simulated-course.js';
import { type SimulatedMember } from '../memberships/simulated-member.schema.js';

interface Campus {
  readonly courses: ReadonlyMap<string, SimulatedCourse>;
}

/** The users of a platform: the members of its courses. */
export class PlatformUsers {
  readonly #campus: Campus;

  readonly #idOf: (userId: string) => number | bigint | string;

  constructor(campus: Campus, idOf: (userId: string) => number | bigint | string) {
    this.#campus = campus;
    this.#idOf = idOf;
  }

  find(userId: string): SimulatedMember | undefined {
    for (const course of this.#campus.courses.values()) {
      const member = course.member(userId);
      if (member !== undefined) return member;
    }
    return undefined;
  }

  /** At most this many users, each once. */
  first(count: number): readonly SimulatedMember[] {
    const found = new Map<string, SimulatedMember>();
    for (const { members } of this.#campus.courses.values()) {
      for (const member of members) {
        if (found.size >= count) break;
        if (!found.has(member.userId)) found.set(member.userId, member);
      }
    }
    return [...found.values()];
  }

  coursesOf(userId: string): readonly SimulatedCourse[] {
    return [...this.#campus.courses.values()].filter((course) => course.member(userId) !== undefined);
  }

  /** A user in the form of Canvas' API. */
  json(userId: string) {
    const id = this.#idOf(userId);
    const name = this.find(userId)?.name ?? userId;
    // Canvas puts the number of the shard before the id.
    return { id, name, global_id: String(10_000_000_000_000n + BigInt(id)), effective_locale: 'en' };
  }
}
