import { LtiTestApp } from '../support/lti-app.js';
import { dataSourceOf } from '../support/membership-versions.js';
import { SyncedPlatform } from '../support/synced-platform.js';

const MEMBERS = 20_000;
/** Seconds on an idle machine; a busy one takes its time. */
const LONG_MS = 90_000;

describe('a course of 20,000', () => {
  it(
    'is synced in one run, with a page for each 500, and a fifth of it may leave',
    async () => {
      const lti = await LtiTestApp.start({ courseSync: { every: 'never' } });
      const synced = await SyncedPlatform.start(lti, { family: 'brightspace' });
      const course = await synced.addCourse(MEMBERS);
      expect(await synced.sync(course, LONG_MS)).toMatchObject({
        status: 'completed',
        counts: { added: MEMBERS, pages: MEMBERS / 500, tokenRequests: 1 },
      });
      const stored = () =>
        dataSourceOf(lti).query<unknown[]>(
          'SELECT count(DISTINCT user_id)::int AS users FROM nest_lti.membership',
        );
      expect(await stored()).toEqual([{ users: MEMBERS }]);

      course.lms.members.splice(0, MEMBERS / 5);
      expect(await synced.sync(course, LONG_MS)).toMatchObject({
        status: 'completed',
        counts: { removed: MEMBERS / 5, unchanged: (MEMBERS * 4) / 5, updated: 0 },
      });
      expect(await stored()).toEqual([{ users: (MEMBERS * 4) / 5 }]);
      await synced.stop();
      await lti.stop();
    },
    LONG_MS,
  );
});
