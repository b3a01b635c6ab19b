import { storable } from '../common/storable-text.js';
import { type Member, mergedMember } from '../lti-services/memberships/member.js';

/** The stored fields of a member that a second entry of the same list can add to. */
export type StoredEntry = Pick<Member, 'roles' | 'sections' | 'status'>;

/**
 * One complete reading of a roster, page by page. A member that is on several pages keeps the union of the roles and
 * sections. So an entry that takes a role or section away is written only at the end, when no other page has it.
 */
export class RosterList {
  readonly seen = new Set<string>();
  /** The ids of members that the platform called `Deleted`. */
  readonly deleted = new Set<string>();
  private readonly postponed = new Map<string, Member>();
  isOneAnswer = false;
  /** The number of members, if the roster was found unchanged: then there is nothing more to store. */
  unchanged: number | undefined;
  /** The URL that will list the changes since this reading. */
  differencesUrl: string | undefined;

  /** The ids of those members of a page that were on an earlier page. */
  repeated(members: readonly Member[]): string[] {
    return members.map(({ userId }) => storable(userId)).filter((userId) => this.seen.has(userId));
  }

  /** Adds a member that is stored as the page has it, and that was on no earlier page. */
  see(userId: string): void {
    this.deleted.delete(userId);
    this.seen.add(userId);
  }

  /**
   * Adds members of a page.
   *
   * @param stored these members as the database has them; those with one role and one section may be left out
   * @returns the members to write now
   */
  take(members: readonly Member[], stored: ReadonlyMap<string, StoredEntry>): Member[] {
    return members.flatMap((member) => this.takeOne(storable(member.userId), member, stored));
  }

  /** After the last page: the members whose roles or sections are fewer than before. */
  takePostponed(): Member[] {
    const members = [...this.postponed.values()];
    this.postponed.clear();
    return members;
  }

  private takeOne(userId: string, member: Member, stored: ReadonlyMap<string, StoredEntry>): Member[] {
    if (member.status === 'Deleted') {
      this.deleted.add(userId);
      this.seen.delete(userId);
      this.postponed.delete(userId);
      return [];
    }
    this.deleted.delete(userId);
    const known = stored.get(userId);
    const earlier = this.postponed.get(userId) ?? (this.seen.has(userId) ? known : undefined);
    const merged = earlier === undefined ? member : mergedMember(earlier, member);
    const mayBePostponed = !this.seen.has(userId) || this.postponed.has(userId);
    this.seen.add(userId);
    this.postponed.delete(userId);
    if (!mayBePostponed || known === undefined || !isLess(merged, known)) return [merged];
    this.postponed.set(userId, merged);
    return [];
  }
}

/** Whether the entry's roles and sections are a proper subset of those that are stored. */
function isLess(entry: StoredEntry, stored: StoredEntry): boolean {
  const sections = new Set(stored.sections.map(({ id }) => id));
  return (
    entry.roles.length + entry.sections.length < stored.roles.length + stored.sections.length &&
    entry.roles.every((role) => stored.roles.includes(role)) &&
    entry.sections.every(({ id }) => sections.has(id))
  );
}
