import { type TokenProcess } from '../support/token-fleet.js';
import { type TokenStage } from '../support/token-stage.js';
import { UserGrantCampus } from '../support/user-grant-campus.js';
import { type OAuthStyle } from '../support/user-grant-scene.js';
import { until } from '../support/until.js';

const HOUR = 3600_000;
const TOOL = 'user-grants';
const CALLS = 50;
const STYLES: OAuthStyle[] = ['canvas', 'rotating'];

/** Users' tokens that several processes refresh. These are the last cases of a stage, because one of its processes is killed. */
export function userGrantCases(stage: () => TokenStage): void {
  describe("users' grants in 4 processes", () => {
    let four: readonly TokenProcess[];
    beforeAll(async () => {
      await stage().fill(4);
      four = stage().processes.slice(0, 4);
      await stage().open(TOOL, four, stage().settings('memory'));
    }, 60_000);
    afterAll(() =>
      Promise.all(
        stage()
          .processes.slice(0, 3)
          .map((each) => each.tell('close', TOOL)),
      ),
    );

    it.each(STYLES)('are refreshed once for 200 calls at their expiry, twice over (%s)', async (style) => {
      const campus = await UserGrantCampus.open(stage(), TOOL, style);
      for (const nth of [1, 2]) {
        await stage().advance(HOUR);
        expect(await campus.call(four, CALLS)).toEqual({ 200: 4 * CALLS });
        expect(campus.refreshes).toBe(nth);
      }
      expect(campus.platform.userOAuth.profile(campus.userId).tokens).toHaveLength(1);
    });

    it('are not used or refreshed while PostgreSQL is down', async () => {
      const campus = await UserGrantCampus.open(stage(), TOOL, 'canvas');
      await stage().advance(HOUR);
      await stage().wayToPostgres.goAway();
      const requests = campus.platform.counts.userApiRequests;
      expect(await campus.call(four, 5)).toEqual({ database_unavailable: 20 });
      expect([campus.refreshes, campus.platform.counts.userApiRequests]).toEqual([0, requests]);
      await stage().wayToPostgres.comeBack();
      expect(await campus.call(four, 5)).toEqual({ 200: 20 });
      expect(campus.refreshes).toBe(1);
    });

    it('recover from a kill -9 between the answer and its saving, or say why they cannot', async () => {
      const [canvas, rotating] = await Promise.all(
        STYLES.map((style) => UserGrantCampus.open(stage(), TOOL, style)),
      );
      await stage().advance(HOUR);
      const both = [canvas!, rotating!];
      for (const { platform } of both)
        platform.faults.add({ kind: 'hang', on: 'user-token', when: 'after-processing' });
      const [victim, ...others] = four.toReversed();
      const lost = Promise.allSettled(both.map((campus) => campus.call([victim!], 1)));
      for (const { platform } of both)
        await until('the refresh', () =>
          Promise.resolve(platform.counts.userTokenRefreshes > 0 || undefined),
        );
      await victim!.kill();
      await lost;

      const [recovered, ended] = await Promise.all(both.map((campus) => campus.call(others, 10)));

      expect(recovered).toEqual({ 200: 30 });
      expect(canvas!.refreshes).toBe(2);
      expect(ended).toMatchObject({ refresh_answer_lost: 30 });
      expect(await rotating!.call(others, 10)).toEqual({ refresh_answer_lost: 30 });
      expect(rotating!.refreshes).toBe(2);
    }, 60_000);
  });
}
