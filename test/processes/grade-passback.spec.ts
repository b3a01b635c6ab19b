import { type FleetCourse, PassbackFleet } from '../support/passback-fleet.js';

const COURSES = 5;
const STUDENTS = 500;
const KILLS = 10;

let fleet: PassbackFleet;
beforeAll(async () => {
  fleet = await PassbackFleet.start();
}, 60_000);
afterAll(() => fleet.stop());

/** Member 1 is the teacher. */
const student = (nth: number): string => `user-${String(nth + 2).padStart(5, '0')}`;
const students = Array.from({ length: STUDENTS }, (_, nth) => student(nth));

interface Row {
  course_id: string;
  user_id: string;
  given: string;
  status: string;
}

/** The newest score of each student in the outbox, with its status. */
async function newest(): Promise<Map<string, Row>> {
  const rows = await fleet.sql<Row>(
    `SELECT course_id, user_id, score->>'scoreGiven' AS given, status FROM nest_lti.outbox_score ORDER BY arrival`,
  );
  return new Map(rows.map((row) => [`${row.course_id} ${row.user_id}`, row]));
}

it('loses no score and repeats none that matters, killed at ten random moments while 5,000 go out', async () => {
  await fleet.fill(2);
  const courses: FleetCourse[] = [];
  for (let nth = 0; nth < COURSES; nth += 1) courses.push(await fleet.addCourse(STUDENTS + 1));
  const enqueueAll = async (from: number): Promise<void> => {
    for (const [index, course] of courses.entries()) {
      const scores = students.map((userId, nth) => ({
        userId,
        scoreGiven: from + 100 * index + (nth % 100),
      }));
      await fleet.enqueue(course, scores);
    }
  };
  // Slow, so that all the faults happen before the end.
  fleet.lms.faults.add({ kind: 'latency', on: 'scores', ms: 20, times: 'always' });
  await enqueueAll(0);
  let refilled = Promise.resolve();
  for (let nth = 1; nth <= KILLS; nth += 1) {
    const already = fleet.lms.counts.scoresAccepted;
    await fleet.untilAccepted(already + Math.floor(Math.random() * 100) + 1);
    await fleet.killSender();
    // The second scores of all students are queued while the first ones are sent.
    if (nth === KILLS / 2) await enqueueAll(5000);
    refilled = refilled.then(() => fleet.fill(2));
  }
  await refilled;
  expect(fleet.lms.counts.scoresAccepted).toBeLessThan(2 * STUDENTS * COURSES);
  fleet.lms.faults.clear();
  const { scores } = await fleet.untilAllSettled();
  expect(scores).toEqual({ pending: 0, rejected: 0 });

  const outbox = await newest();
  for (const [index, { id, item }] of courses.entries()) {
    for (const [nth, userId] of students.entries()) {
      const given = 5000 + 100 * index + (nth % 100);
      expect(outbox.get(`${id} ${userId}`)).toMatchObject({ given: String(given), status: 'posted' });
      expect(item.entry(userId)?.scoreGiven).toBe(given);
    }
  }
}, 180_000);

it('a score whose process is killed between sending and settling is taken for posted when the platform has it', async () => {
  await fleet.fill(2);
  const course = await fleet.addCourse(3);
  const { scoresAccepted, scoreRequests } = fleet.lms.counts;
  fleet.lms.faults.add({ kind: 'hang', when: 'after-processing', on: 'scores' });
  await fleet.enqueue(course, [{ userId: student(0), scoreGiven: 7 }]);
  await fleet.untilAccepted(scoresAccepted + 1);
  await fleet.killSender();
  await fleet.fill(2);
  await fleet.untilAllSettled();
  const [row] = await fleet.sql<{ status: string; attempts: number }>(
    `SELECT status, attempts FROM nest_lti.outbox_score WHERE course_id = '${course.id}'`,
  );
  expect(row).toEqual({ status: 'posted', attempts: 2 });
  // Sent again with the same timestamp, answered 409, and not sent a third time with a later one.
  expect(fleet.lms.counts.scoresAccepted).toBe(scoresAccepted + 1);
  expect(fleet.lms.counts.scoreRequests).toBe(scoreRequests + 2);
}, 60_000);

it('never has two scores of a user in flight, and ends with the newest, whichever process enqueues them', async () => {
  await fleet.fill(2);
  const course = await fleet.addCourse(6);
  fleet.lms.scoreTraffic.reset();
  const rounds = 20;
  for (let round = 0; round < rounds; round += 1) {
    const scores = [0, 1, 2, 3, 4].map((nth) => ({ userId: student(nth), scoreGiven: round }));
    await Promise.all(fleet.senders.map((each) => fleet.enqueue(course, scores, each)));
  }
  await fleet.untilAllSettled();
  expect(fleet.lms.scoreTraffic).toMatchObject({ mostInFlightForOne: 1 });
  for (const nth of [0, 1, 2, 3, 4]) expect(course.item.entry(student(nth))?.scoreGiven).toBe(rounds - 1);
}, 60_000);
