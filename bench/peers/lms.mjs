// Simulated platforms of nest-lti/testing in a process of their own, for the soak.
import { SimulatedPlatform } from '../../dist/src/testing/index.js';
import { contestant } from './contestant.mjs';

let platforms = [];

contestant({
  open: async ({ count, courses, members, lineItems }) => {
    platforms = await Promise.all(
      Array.from({ length: count }, () => SimulatedPlatform.start({ family: 'generic' })),
    );
    return platforms.map((lms) =>
      Array.from({ length: courses }, () => {
        const course = lms.addCourse({ members });
        const items = Array.from({ length: lineItems }, (_, nth) =>
          course.gradebook.addLineItem({ label: `Quiz ${nth}`, scoreMaximum: 20 }),
        );
        return {
          contextId: course.contextId,
          userIds: course.members.map(({ userId }) => userId),
          lineItemIds: items.map(({ url }) => url),
        };
      }),
    );
  },
  /** The ids of the registrations at the tool. */
  connect: async ({ url, apiKey }) => {
    const connected = await Promise.all(platforms.map((lms) => lms.connect(url, { apiKey })));
    return connected.map(({ id }) => id);
  },
  /** From the login to the session. */
  launch: async ({ platform, contextId, userId }) => {
    const { status, body } = await platforms[platform].launch({ contextId, userId });
    if (status !== 200) throw new Error(`The launch ended with ${status}: ${body}`);
  },
  fault: ({ platform, fault }) => void platforms[platform].faults.add(fault),
  expireTokens: ({ platform }) => platforms[platform].expireTokens(),
  clearFaults: () => platforms.forEach((lms) => lms.faults.clear()),
  /** How often the score of each user in each line item was stored, and its value. */
  scores: () =>
    platforms.flatMap((lms) =>
      lms.courses.flatMap(({ contextId }) =>
        lms.gradebook(contextId).flatMap(({ url, results }) =>
          results.map(({ userId, resultScore, accepted }) => ({
            lineItemId: url,
            userId,
            scoreGiven: resultScore,
            accepted,
          })),
        ),
      ),
    ),
});
