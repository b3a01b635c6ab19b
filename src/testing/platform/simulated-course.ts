import { Gradebook } from '../gradebook/gradebook.js';
import { person, type LtiUserIdStyle } from '../memberships/roster.js';
import { type SimulatedGroup, type SimulatedGroupSet } from '../groups/simulated-group.schema.js';
import { RosterHistory } from '../memberships/roster-history.js';
import { membershipRole } from '../service-constants.js';
import { type SimulatedMember } from '../memberships/simulated-member.schema.js';
import {
  type SimulatedContentItem,
  type SimulatedResourceLink,
} from '../deep-linking/content-item.schema.js';
import { testingErrors } from '../testing.errors.js';

interface CourseSettings {
  readonly contextId: string;
  readonly deploymentId: string | undefined;
  readonly title: string;
  readonly membershipsUrl: string;
  readonly lineItemsUrl: string;
  readonly groupsUrl: string | undefined;
  readonly groupSetsUrl: string | undefined;
  readonly groups: SimulatedGroup[];
  readonly groupSets: SimulatedGroupSet[];
  readonly originContextIds: readonly string[];
  readonly members: SimulatedMember[];
  readonly userIds: LtiUserIdStyle;
  readonly concluded: boolean;
  /** The address of a line item by its id. */
  lineItemUrl(id: string): string;
}

/**
 * A course of the simulated platform. A test can change its members at any time; the next request sees the change.
 *
 * @example
 * const course = lms.addCourse({ members: 20 });
 * course.removeMember(course.learner.userId);
 */
export class SimulatedCourse {
  /** The id of the context in launches. */
  readonly contextId: string;
  /** The deployment of the tool in this course, if only one is. */
  readonly deploymentId: string | undefined;
  /** The title of the context in launches and rosters. */
  title: string;
  /** The NRPS end point. */
  readonly membershipsUrl: string;
  /** The AGS end point. */
  readonly lineItemsUrl: string;
  /** Undefined if the family has no groups service. */
  readonly groupsUrl: string | undefined;
  /** Undefined if the family has no sets. */
  readonly groupSetsUrl: string | undefined;
  /** A test can change them at any time. */
  groups: SimulatedGroup[];
  /** A test can change them at any time. */
  groupSets: SimulatedGroupSet[];
  /** The courses that it was copied from: the nearest first. */
  readonly originContextIds: readonly string[];
  /** In the order of the roster. */
  members: SimulatedMember[];
  /** The ids that `rlid` may name. */
  readonly resourceLinkIds: string[];
  /** The resource links that a tool made by deep linking, the oldest first. Their ids are in `resourceLinkIds` too. */
  readonly resourceLinks: SimulatedResourceLink[] = [];
  /** The links that a link of a copied course was copied from, by its id: the nearest first. */
  readonly linkOrigins = new Map<string, readonly string[]>();
  /** All content items that the course got by deep linking, as the tool sent them. */
  readonly contentItems: SimulatedContentItem[] = [];
  /** Earlier states of the roster, for differences. */
  readonly history = new RosterHistory();
  /** The line items with their grades. */
  readonly gradebook: Gradebook;
  /** While it is true, the course refuses every token. */
  toolWithdrawn = false;
  /** Whether the course is over. Some families then close its gradebook. */
  concluded: boolean;
  /** Whether its end date has passed without a conclusion. Some families then refuse scores. */
  isPastItsEnd = false;
  readonly #userIds: LtiUserIdStyle;
  #newcomers = 0;
  readonly #places = new Map<string, number>();

  constructor(settings: CourseSettings) {
    this.contextId = settings.contextId;
    this.deploymentId = settings.deploymentId;
    this.title = settings.title;
    this.membershipsUrl = settings.membershipsUrl;
    this.lineItemsUrl = settings.lineItemsUrl;
    this.groupsUrl = settings.groupsUrl;
    this.groupSetsUrl = settings.groupSetsUrl;
    this.groups = settings.groups;
    this.groupSets = settings.groupSets;
    this.originContextIds = settings.originContextIds;
    this.members = settings.members;
    this.concluded = settings.concluded;
    this.#userIds = settings.userIds;
    this.gradebook = new Gradebook((id) => settings.lineItemUrl(id));
    this.resourceLinkIds = [`link-${settings.contextId}`];
  }

  /**
   * The first instructor.
   * @throws {NotFound} `unknown_simulated_member`
   */
  get instructor(): SimulatedMember {
    return this.#firstWith('Instructor');
  }

  /**
   * The first learner.
   * @throws {NotFound} `unknown_simulated_member`
   */
  get learner(): SimulatedMember {
    return this.#firstWith('Learner');
  }

  /**
   * Adds a member, a new learner by default. `at` is the position in the roster, the end by default.
   *
   * @example
   * const { userId } = course.addMember({ name: 'Ada Lovelace' });
   */
  addMember(member: Partial<SimulatedMember> = {}, at: number = this.members.length): SimulatedMember {
    const added = { ...this.#newcomer(), ...member };
    this.members.splice(at, 0, added);
    return added;
  }

  /**
   * The member with this id, whatever the status.
   *
   * @example
   * const name = course.member('user-00001')?.name;
   */
  member(userId: string): SimulatedMember | undefined {
    const place = this.#places.get(userId);
    const known = place === undefined ? undefined : this.members[place];
    // A test can change the members directly, so the remembered position is only the first place to look.
    if (known?.userId === userId) return known;
    const found = this.members.findIndex((member) => member.userId === userId);
    if (found >= 0) this.#places.set(userId, found);
    return this.members[found];
  }

  /** Takes over the resource links of the course that this one is a copy of, under new ids. */
  copyLinks(source: SimulatedCourse): void {
    source.resourceLinkIds.forEach((sourceId, index) => {
      const id = this.resourceLinkIds[index] ?? `${this.contextId}-link-${index}`;
      if (index === this.resourceLinkIds.length) this.resourceLinkIds.push(id);
      this.linkOrigins.set(id, [sourceId, ...(source.linkOrigins.get(sourceId) ?? [])]);
      const made = source.resourceLinks.find((link) => link.id === sourceId);
      if (made !== undefined) this.resourceLinks.push({ ...made, id, lineItemUrl: undefined });
    });
  }

  /**
   * Removes the member; does nothing for an unknown id.
   *
   * @example
   * course.removeMember(course.learner.userId);
   */
  removeMember(userId: string): void {
    const at = this.members.findIndex((member) => member.userId === userId);
    if (at >= 0) this.members.splice(at, 1);
  }

  #firstWith(role: 'Instructor' | 'Learner'): SimulatedMember {
    const found = this.members.find(({ roles }) => roles.includes(`${membershipRole}#${role}`));
    if (found === undefined) throw testingErrors.memberNotFound(`(any ${role})`, this.contextId);
    return found;
  }

  #newcomer(): SimulatedMember {
    this.#newcomers += 1;
    // A person who is in no generated roster.
    return { ...person(900_000 + this.#newcomers, this.#userIds), roles: [`${membershipRole}#Learner`] };
  }
}
