import { type FaultInput, SimulatedPlatform, type SimulatedToolInput } from '../../src/testing/index.js';
import { membershipRole } from '../../src/testing/service-constants.js';
import { answerCalls } from './answer-calls.js';
import { SeededRandom } from './seeded-random.js';

// The platform of a chaos run, in a process of its own. Its parent tells it when to change rosters.

export interface PlatformInput {
  seed: number;
  courses: number;
  /** Members of a course. Each hundredth course has many more, in several pages. */
  members: number;
  /** So many of the courses have a line item. */
  graded: number;
}

export interface OpenedPlatform {
  issuer: string;
  authorizationUrl: string;
  tokenUrl: string;
  jwksUrl: string;
  courses: OpenedCourse[];
}

export interface OpenedCourse {
  contextId: string;
  title: string;
  membershipsUrl: string;
  lineItemsUrl: string;
  lineItemId?: string;
  /** Of the users who are never removed. */
  userIds: string[];
}

/** A member as the platform lists it. */
export type ListedMember = SimulatedPlatform['courses'][number]['members'][number];

const TOKEN_LIFE_S = 60;
const LARGE_EVERY = 100;
const LARGE_MEMBERS = 1200;
/** More in one roster would be suspicious, and that ends another way. */
const MOST_REMOVED = 5;
/** They get scores, so they stay. */
const PERMANENT = 5;

let lms: SimulatedPlatform;
let random: SeededRandom;
const removed = new Map<string, ListedMember[]>();

answerCalls({
  open: async ({ seed, courses, members, graded }: PlatformInput): Promise<OpenedPlatform> => {
    random = new SeededRandom(seed);
    lms = await SimulatedPlatform.start({ family: 'generic', tokenLifeSeconds: TOKEN_LIFE_S });
    const opened = Array.from({ length: courses }, (_, nth): OpenedCourse => {
      const course = lms.addCourse({ members: nth % LARGE_EVERY === 7 ? LARGE_MEMBERS : members });
      const { contextId, title, membershipsUrl, lineItemsUrl } = course;
      const userIds = course.members.slice(0, PERMANENT).map(({ userId }) => userId);
      const place = { contextId, title, membershipsUrl, lineItemsUrl, userIds };
      if (nth >= graded) return place;
      const { url } = course.gradebook.addLineItem({ label: 'Quiz', scoreMaximum: 1_000_000 });
      return { ...place, lineItemId: url };
    });
    const { issuer, authorizationUrl, tokenUrl, jwksUrl } = lms;
    return { issuer, authorizationUrl, tokenUrl, jwksUrl, courses: opened };
  },
  /** With its keys: a worker that is down cannot serve them. */
  addTool: (tool: SimulatedToolInput) => void lms.addTool(tool),
  /** Changes so many random rosters. Returns their courses. */
  change: ({ count }: { count: number }): string[] => Array.from({ length: count }, changeOne),
  fault: (fault: FaultInput) => void lms.faults.add(fault),
  expireTokens: () => lms.expireTokens(),
  heal: () => lms.faults.clear(),
  counts: () => lms.counts,
  rosters: () => lms.courses.map(({ contextId, members }): [string, ListedMember[]] => [contextId, members]),
  /** The value of each line item and user. */
  scores: () =>
    lms.courses.flatMap(({ contextId }) =>
      lms
        .gradebook(contextId)
        .flatMap(({ url, results }) =>
          results.map(({ userId, resultScore }): [string, number | undefined] => [
            `${url} ${userId}`,
            resultScore,
          ]),
        ),
    ),
});

function changeOne(): string {
  const course = random.pick(lms.courses);
  const { contextId, members } = course;
  const gone = removed.get(contextId) ?? [];
  const member = members[PERMANENT + random.below(members.length - PERMANENT)];
  const choice = random.next();
  if (choice < 0.3 || member === undefined) {
    course.addMember();
  } else if (choice < 0.5 && gone.length < MOST_REMOVED) {
    course.removeMember(member.userId);
    removed.set(contextId, [...gone, member]);
  } else if (choice < 0.6 && gone.length > 0) {
    // Those who come back may leave again, so the number of those who ever left stays.
    const back = random.pick(gone);
    if (course.member(back.userId) === undefined) course.addMember(back);
  } else if (choice < 0.8) {
    member.name = `${member.name ?? ''} ${random.below(1000)}`;
  } else if (choice < 0.9) {
    member.status = member.status === 'Inactive' ? 'Active' : 'Inactive';
  } else {
    member.roles = [`${membershipRole}#${random.pick(['Learner', 'Mentor', 'Instructor'])}`];
  }
  return contextId;
}
