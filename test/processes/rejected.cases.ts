import { type FleetCampus } from '../support/fleet-campus.js';
import { type TokenProcess } from '../support/token-fleet.js';
import { type TokenStage } from '../support/token-stage.js';
import { until } from '../support/until.js';

const MINUTE = 60_000;
const STRAGGLERS = 20;
const CALLS = 500;
const MINUTES = 2;

/** A platform answers 401, to many calls of many processes. */
export function rejectedCases(stage: () => TokenStage, tool: string): void {
  describe('500 calls of 4 processes that are answered 401', () => {
    let campus: FleetCampus;
    let four: readonly TokenProcess[];
    beforeEach(async () => {
      campus = await stage().campus(tool);
      four = stage().processes.slice(0, 4);
      await campus.authenticate(four);
      // The token is old enough that a 401 may be about the token.
      await stage().advance(2 * MINUTE);
    });

    it('cause one renewal, late calls included, when the token was invalid', async () => {
      const slow = campus.newRosters(1)[0]!;
      const { contextId } = campus.lms.courses.at(-1)!;
      campus.lms.faults.add({
        kind: 'latency',
        on: 'memberships',
        course: contextId,
        ms: 3 * MINUTE,
        times: 'always',
      });
      const rosters = campus.newRosters(20);
      const stragglers = campus.readRosters(
        four,
        Array.from({ length: STRAGGLERS }, () => slow),
      );
      await until('the slow calls are there', () =>
        Promise.resolve(campus.lms.counts.membershipRequests === STRAGGLERS || undefined),
      );
      campus.lms.expireTokens();

      const outcomes = await campus.readRosters(
        four,
        Array.from({ length: CALLS - STRAGGLERS }, (_, index) => rosters[index % rosters.length]!),
      );
      expect(outcomes).toEqual({ 200: CALLS - STRAGGLERS });
      campus.lms.faults.clear();
      await stage().advance(3 * MINUTE);

      expect(await stragglers).toEqual({ 200: STRAGGLERS });
      expect(campus.tokenRequests).toBe(2);
    });

    it('each fail, at no more than one renewal a minute, when the tool was removed from 500 courses', async () => {
      const removed = campus.newRosters(CALLS);
      for (const { contextId } of campus.lms.courses) campus.lms.withdrawTool(contextId);
      const again = removed.slice(0, 40);
      const healthy = campus.newRosters(4);

      for (let minute = 1; minute <= MINUTES; minute++) {
        expect(await campus.readRosters(four, removed)).toEqual({ authentication_failed: CALLS });
        // Calls with the new token may reject it, too.
        expect(await campus.readRosters(four, again)).toEqual({ authentication_failed: again.length });
        // Not at the same time, when a token that works there would be excused by that alone.
        expect(await campus.readRosters(four, healthy)).toEqual({ 200: healthy.length });
        expect(campus.tokenRequests).toBeLessThanOrEqual(1 + minute);
        await stage().advance(MINUTE);
      }
      // Although they called all the time.
      expect(campus.tokenRequests).toBeGreaterThan(1);
    });
  });
}
