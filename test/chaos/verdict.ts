import { type ReceiverReport } from './receiver.main.js';
import { type ListedMember } from './platform.main.js';

// The checks of the end of a chaos run. Each returns what is wrong, in sentences.

/** A row of the membership table, with the platform's id of its course. */
export interface StoredMember {
  contextId: string;
  userId: string;
  roles: string[];
  status: string;
  name: string | null;
  givenName: string | null;
  familyName: string | null;
  email: string | null;
  picture: string | null;
  sourcedId: string | null;
  sections: { id: string; name?: string }[];
}

type Rosters = readonly (readonly [string, readonly ListedMember[]])[];

export function wrongMembers(rosters: Rosters, stored: readonly StoredMember[]): string[] {
  const courses = new Map<string, Map<string, string>>();
  for (const { contextId, userId, ...fields } of stored) {
    const course = courses.get(contextId) ?? new Map<string, string>();
    courses.set(contextId, course.set(userId, JSON.stringify(fields)));
  }
  return rosters.flatMap(([contextId, members]) => {
    const course = courses.get(contextId) ?? new Map<string, string>();
    const wrong = members.flatMap((member) => {
      const is = course.get(member.userId);
      course.delete(member.userId);
      if (is === undefined) return [`course ${contextId}: ${member.userId} is missing`];
      const wanted = JSON.stringify(fieldsOf(member));
      return is === wanted ? [] : [`course ${contextId}: ${member.userId} is ${is}, not ${wanted}`];
    });
    const left = [...course.keys()].map((userId) => `course ${contextId}: ${userId} is not at the platform`);
    return [...wrong, ...left];
  });
}

function fieldsOf(member: ListedMember): Omit<StoredMember, 'contextId' | 'userId'> {
  return {
    roles: member.roles,
    status: member.status ?? 'Active',
    name: member.name ?? null,
    givenName: member.givenName ?? null,
    familyName: member.familyName ?? null,
    email: member.email ?? null,
    picture: member.picture ?? null,
    sourcedId: member.sourcedId ?? null,
    sections: (member.sections ?? []).map(({ id, title }) => ({ id, name: title })),
  };
}

/** A row of the event table, in the order of the table. */
export interface StoredEventRow {
  id: string;
  orderKey: string;
  status: string;
}

/** Each stored event has arrived, and those of each course in their order. */
export function wrongDeliveries({ taken }: ReceiverReport, stored: readonly StoredEventRow[]): string[] {
  const arrivals = new Map(taken.map(({ id }, nth) => [id, nth]));
  const last = new Map<string, { id: string; nth: number }>();
  const unstored = new Set(arrivals.keys());
  const wrong = stored.flatMap(({ id, orderKey, status }) => {
    unstored.delete(id);
    const nth = arrivals.get(id);
    if (nth === undefined) return [`event ${id} of course ${orderKey} never arrived; it is ${status}`];
    const before = last.get(orderKey);
    last.set(orderKey, { id, nth });
    const isLate = before !== undefined && before.nth > nth;
    return [
      ...(isLate ? [`event ${id} of course ${orderKey} arrived before ${before.id}`] : []),
      ...(status === 'delivered' ? [] : [`event ${id} of course ${orderKey} arrived and is ${status}`]),
    ];
  });
  return [...wrong, ...[...unstored].map((id) => `event ${id} arrived and is not stored`)];
}

/**
 * The events of each course lead from an empty roster to that of the platform: nothing is lost, and nothing is told twice.
 *
 * @param contextIds by the tool's id of the course
 */
export function wrongHistories(
  { taken }: ReceiverReport,
  rosters: Rosters,
  contextIds: ReadonlyMap<string, string>,
): string[] {
  const wrong: string[] = [];
  const courses = new Map(rosters.map(([contextId]) => [contextId, new Set<string>()]));
  for (const { id, type, data } of taken) {
    const change = /^lti\.membership\.(added|updated|removed)$/.exec(type)?.[1];
    if (change === undefined) continue;
    const contextId = contextIds.get(String(data.courseId)) ?? '';
    const course = courses.get(contextId);
    for (const userId of data.userIds as string[]) {
      const isKnown = course?.has(userId) === true;
      if (isKnown === (change === 'added'))
        wrong.push(
          `event ${id}: ${userId} of course ${contextId} is ${change}, and was ${isKnown ? '' : 'not '}there`,
        );
      if (change === 'removed') course?.delete(userId);
      else course?.add(userId);
    }
  }
  for (const [contextId, members] of rosters) {
    const told = courses.get(contextId) ?? new Set();
    for (const { userId } of members) {
      if (!told.delete(userId)) wrong.push(`course ${contextId}: no event says that ${userId} is there`);
    }
    for (const userId of told) wrong.push(`course ${contextId}: no event says that ${userId} has gone`);
  }
  return wrong;
}

/** @param wanted the last accepted score by line item and user */
export function wrongScores(
  wanted: ReadonlyMap<string, number>,
  scores: readonly (readonly [string, number | undefined])[],
): string[] {
  const posted = new Map(scores);
  return [...wanted].flatMap(([key, score]) =>
    posted.get(key) === score ? [] : [`the score of ${key} is ${String(posted.get(key))}, not ${score}`],
  );
}
