import { type FleetCampus, total } from '../support/fleet-campus.js';
import { type PausePoint } from '../support/pause-points.js';
import { type TokenProcess } from '../support/token-fleet.js';
import { type Authenticated } from '../support/token-process.js';
import { type TokenStage } from '../support/token-stage.js';

const CALLERS = 5;

/** The outcome of a renewal whose process was killed or paused in the middle of it. */
interface Story {
  campus: FleetCampus;
  /** The calls in the process that held the lease, if it was not killed. */
  own: Promise<Authenticated>;
  /** The calls that waited meanwhile, and those that came afterwards. */
  others?: Promise<Authenticated>;
}

/** Leases expire by the servers' clocks, so each wait takes real seconds. All cases wait at the same time. */
export function deadHolderCases(stage: () => TokenStage, tool: string): void {
  describe('a holder that', () => {
    let killed: Record<PausePoint, Story>;
    let frozen: Record<'granted' | 'refused', Story>;
    let bystander: TokenProcess;

    beforeAll(async () => {
      const [one, two, sleeper, victim] = stage().processes.slice(-4) as [
        TokenProcess,
        TokenProcess,
        TokenProcess,
        TokenProcess,
      ];
      bystander = one;
      killed = {
        'before-request': await heldUp(victim, 'before-request'),
        'after-answer': await heldUp(victim, 'after-answer'),
        'after-save': await heldUp(victim, 'after-save'),
      };
      frozen = {
        granted: await heldUp(sleeper, 'after-answer'),
        refused: await heldUp(sleeper, 'after-answer', (campus) =>
          campus.lms.faults.add({ kind: 'html', on: 'token' }),
        ),
      };
      const stories = [...Object.values(killed), ...Object.values(frozen)];
      sleeper.freeze();
      const waiting = stories.map(({ campus }) => campus.authenticate([one, two], CALLERS));
      await victim.kill();
      const others = stories.map(async ({ campus }, index) =>
        merged(await waiting[index]!, await campus.authenticate([one, two], CALLERS)),
      );
      for (const [index, story] of stories.entries()) story.others = others[index];
      await Promise.all(others);
      const goOn = Object.values(frozen).map(({ campus }) => sleeper.tell('goOn', campus.registrationId));
      sleeper.thaw();
      await Promise.all(goOn);
    }, 60_000);

    async function heldUp(
      holder: TokenProcess,
      point: PausePoint,
      prepare?: (campus: FleetCampus) => unknown,
    ): Promise<Story> {
      const campus = await stage().campus(tool);
      prepare?.(campus);
      const { there } = await holder.pauseAt(point, campus.registrationId);
      const own = campus.authenticate([holder], CALLERS);
      // Killed processes do not answer.
      own.catch(() => undefined);
      await there;
      return { campus, own };
    }

    it.each([
      ['before-request', 1],
      ['after-answer', 2],
      ['after-save', 1],
    ] as const)('is killed %s fails no other process: token requests in all: %i', async (point, requests) => {
      const { campus, others } = killed[point];
      const { outcomes, tokens } = await others!;

      expect(outcomes).toEqual({ 200: 4 * CALLERS });
      expect(tokens).toHaveLength(1);
      expect(campus.tokenRequests).toBe(requests);
      expect(campus.rejected).toEqual({});
    });

    it('was stopped for longer than its lease can write nothing, and its callers get the newer token', async () => {
      const { campus, own, others } = frozen.granted;
      const { outcomes, tokens } = await others!;

      expect(outcomes).toEqual({ 200: 4 * CALLERS });
      expect(tokens).toHaveLength(1);
      expect(await own).toEqual({ outcomes: { 200: CALLERS }, tokens });
      expect(await campus.stored(bystander)).toEqual([{ hash: tokens[0] }]);
      expect(campus.tokenRequests).toBe(2);
    });

    it('was stopped for longer than its lease cannot store a failure either', async () => {
      const { campus, own, others } = frozen.refused;
      const { outcomes, tokens } = await others!;

      expect(outcomes).toEqual({ 200: 4 * CALLERS });
      expect(await own).toEqual({ outcomes: { 200: CALLERS }, tokens });
      expect(await campus.stored(bystander)).toEqual([{ hash: tokens[0] }]);
      expect(await campus.authenticate([bystander])).toEqual({ outcomes: { 200: 1 }, tokens });
      expect(campus.tokenRequests).toBe(2);
    });
  });
}

function merged(one: Authenticated, other: Authenticated): Authenticated {
  return {
    outcomes: total([one.outcomes, other.outcomes]),
    tokens: [...new Set([...one.tokens, ...other.tokens])],
  };
}
