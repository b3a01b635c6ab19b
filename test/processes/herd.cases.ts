import { type FleetCampus } from '../support/fleet-campus.js';
import { type TokenStage } from '../support/token-stage.js';

const CALLERS = 1000;

/** All callers at once, in all processes. */
export function herdCases(stage: () => TokenStage, tool: string): void {
  describe('8 processes with 1,000 callers each', () => {
    let campus: FleetCampus;
    beforeAll(async () => {
      campus = await stage().campus(tool);
    });

    it('cause one token request when there is no token', async () => {
      const { outcomes, tokens } = await campus.authenticate(stage().processes, CALLERS);

      expect(outcomes).toEqual({ 200: 8 * CALLERS });
      expect(tokens).toHaveLength(1);
      expect(campus.tokenRequests).toBe(1);
    });

    it('cause one more at the moment of its expiry', async () => {
      const [before] = (await campus.authenticate(stage().processes)).tokens;
      await stage().advance(3600_000);

      const { outcomes, tokens } = await campus.authenticate(stage().processes, CALLERS);

      expect(outcomes).toEqual({ 200: 8 * CALLERS });
      expect(tokens).toHaveLength(1);
      expect(tokens).not.toContain(before);
      expect(campus.tokenRequests).toBe(2);
      expect(campus.rejected).toEqual({});
    });
  });
}
