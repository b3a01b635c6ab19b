import { Gradebook } from '../gradebook/gradebook.js';
import { person, type LtiUserIdStyle } from '../memberships/roster.js';
import { RosterHistory } from '../memberships/roster-history.js';
import { membershipRole } from '../service-constants.js';
import { type SimulatedMember } from '../memberships/simulated-member.schema.js';
import { UnknownSimulatedMember } from '../testing.errors.js';

interface CourseSettings {
  readonly contextId: string;
  readonly title: string;
  readonly membershipsUrl: string;
  readonly lineItemsUrl: string;
  readonly members: SimulatedMember[];
  readonly userIds: LtiUserIdStyle;
  readonly concluded: boolean;
  /** The address of a line item by its id. */
  lineItemUrl(id: string): string;
}

/** A course of the simulated platform. Change its members as you like: the next request sees it. */
export class SimulatedCourse {
  readonly contextId: string;
  title: string;
  readonly membershipsUrl: string;
  readonly lineItemsUrl: string;
  members: SimulatedMember[];
  /** The ids that `rlid` may name. */
  readonly resourceLinkIds: string[];
  readonly history = new RosterHistory();
  readonly gradebook: Gradebook;
  toolWithdrawn = false;
  /** Over: some families close its gradebook then. */
  concluded: boolean;
  /** Its end date has passed, though nobody has concluded it: some families take no scores then. */
  isPastItsEnd = false;
  readonly #userIds: LtiUserIdStyle;
  #newcomers = 0;
  readonly #places = new Map<string, number>();

  constructor(settings: CourseSettings) {
    this.contextId = settings.contextId;
    this.title = settings.title;
    this.membershipsUrl = settings.membershipsUrl;
    this.lineItemsUrl = settings.lineItemsUrl;
    this.members = settings.members;
    this.concluded = settings.concluded;
    this.#userIds = settings.userIds;
    this.gradebook = new Gradebook((id) => settings.lineItemUrl(id));
    this.resourceLinkIds = [`link-${settings.contextId}`];
  }

  /**
   * The first instructor.
   * @throws UnknownSimulatedMember
   */
  get instructor(): SimulatedMember {
    return this.#firstWith('Instructor');
  }

  /**
   * The first learner.
   * @throws UnknownSimulatedMember
   */
  get learner(): SimulatedMember {
    return this.#firstWith('Learner');
  }

  /** Adds a member, a new learner unless told otherwise; `at` is the place in the roster, the end by default. */
  addMember(member: Partial<SimulatedMember> = {}, at: number = this.members.length): SimulatedMember {
    const added = { ...this.#newcomer(), ...member };
    this.members.splice(at, 0, added);
    return added;
  }

  /** The member with this id, whatever the status. */
  member(userId: string): SimulatedMember | undefined {
    const place = this.#places.get(userId);
    const known = place === undefined ? undefined : this.members[place];
    // Members may be changed behind our back, so a remembered place is only where to look first.
    if (known?.userId === userId) return known;
    const found = this.members.findIndex((member) => member.userId === userId);
    if (found >= 0) this.#places.set(userId, found);
    return this.members[found];
  }

  /** Removes the member; nothing happens when there is none with this id. */
  removeMember(userId: string): void {
    const at = this.members.findIndex((member) => member.userId === userId);
    if (at >= 0) this.members.splice(at, 1);
  }

  #firstWith(role: 'Instructor' | 'Learner'): SimulatedMember {
    const found = this.members.find(({ roles }) => roles.includes(`${membershipRole}#${role}`));
    if (found === undefined) throw new UnknownSimulatedMember(`(any ${role})`, this.contextId);
    return found;
  }

  #newcomer(): SimulatedMember {
    this.#newcomers += 1;
    // Somebody who is in no roster made by number.
    return { ...person(900_000 + this.#newcomers, this.#userIds), roles: [`${membershipRole}#Learner`] };
  }
}
